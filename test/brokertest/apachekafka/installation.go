package apachekafka

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ErrNotInstalled says that the jars or Java are not there; the error that wraps it names the remedy.
var ErrNotInstalled = errors.New("Apache Kafka is not installed") //nolint:staticcheck // ST1005: a name begins with a capital

// Installation is where Kafka's jars and Java are.
type Installation struct {
	Root    string // of the module
	Libs    string // folder of the jars
	Java    string // the java command
	Version string // of Kafka, as in "4.3.1"
}

// Find looks for the jars in test/kafka/libs of the module that holds the working directory, and for Java in JAVA_HOME
// and on the PATH. The error wraps ErrNotInstalled when either is missing.
func Find() (Installation, error) {
	root, err := moduleRoot()
	if err != nil {
		return Installation{}, err
	}
	libs := filepath.Join(root, "test", "kafka", "libs")
	version := versionIn(libs)
	if version == "" {
		return Installation{}, fmt.Errorf("%w: no jars in %s; run `make kafka`", ErrNotInstalled, libs)
	}
	java, err := findJava()
	if err != nil {
		return Installation{}, fmt.Errorf("%w: install Java 17 or later: %w", ErrNotInstalled, err)
	}
	return Installation{Root: root, Libs: libs, Java: java, Version: version}, nil
}

// moduleRoot is the nearest folder upwards with a go.mod.
func moduleRoot() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find module root: %w", err)
	}
	for folder := start; ; folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder, nil
		}
		if folder == filepath.Dir(folder) {
			return "", fmt.Errorf("find module root: no go.mod above %s", start)
		}
	}
}

// versionIn reads Kafka's version off the name of its server's jar; it is empty when there is none.
func versionIn(libs string) string {
	const prefix = "kafka_2.13-"
	jars, err := filepath.Glob(filepath.Join(libs, prefix+"*.jar"))
	if err != nil || len(jars) == 0 {
		return ""
	}
	return strings.TrimSuffix(strings.TrimPrefix(filepath.Base(jars[0]), prefix), ".jar")
}

func findJava() (string, error) {
	if home := os.Getenv("JAVA_HOME"); home != "" {
		if java, err := exec.LookPath(filepath.Join(home, "bin", "java")); err == nil {
			return java, nil
		}
	}
	return exec.LookPath("java")
}
