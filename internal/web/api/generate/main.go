// Command generate writes the OpenAPI document of package api, and a client from it for tests. It runs in the folder of that package, by `go generate`.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"

	"sellerpulse/internal/web/api"
)

// Files, from the folder of package api.
const (
	documentFile = "openapi.json"
	clientFile   = "../../../test/apiclient/client.gen.go"
	tools        = "../../../tools/go.mod"
)

func main() {
	if err := generate(api.Document()); err != nil {
		log.Fatalf("generate: %v", err)
	}
}

func generate(document []byte) error {
	if err := os.WriteFile(documentFile, document, 0o644); err != nil {
		return err
	}
	client, err := clientOf(document)
	if err != nil {
		return err
	}
	of := fmt.Sprintf("// Of the document with the SHA-256 %x.\n", sha256.Sum256(document))
	return os.WriteFile(clientFile, append([]byte(of), client...), 0o644)
}

// clientOf has oapi-codegen make a client, which reads OpenAPI 3.0.
func clientOf(document []byte) ([]byte, error) {
	var content map[string]any
	if err := json.Unmarshal(document, &content); err != nil {
		return nil, err
	}
	content["openapi"] = "3.0.3"
	older, err := json.Marshal(downgrade(content))
	if err != nil {
		return nil, err
	}
	directory, err := os.MkdirTemp("", "openapi-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(directory)
	file := filepath.Join(directory, documentFile)
	if err := os.WriteFile(file, older, 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command("go", "tool", "-modfile="+tools, "oapi-codegen", "-generate", "types,client", "-package", "apiclient", file)
	cmd.Stderr = os.Stderr
	client, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("run oapi-codegen: %w", err)
	}
	return client, nil
}

// downgrade says in the words of OpenAPI 3.0 what may be null. huma's own downgrade knows types that may be, and not references.
func downgrade(content any) any {
	switch c := content.(type) {
	case []any:
		for i := range c {
			c[i] = downgrade(c[i])
		}
	case map[string]any:
		for name, value := range c {
			c[name] = downgrade(value)
		}
		if either, ok := c["anyOf"].([]any); ok {
			delete(c, "anyOf")
			c["allOf"], c["nullable"] = either[:1], true
		}
		if types, ok := c["type"].([]any); ok {
			c["type"], c["nullable"] = types[0], true
		}
	}
	return content
}
