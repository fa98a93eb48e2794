package config

import (
	"regexp"
	"slices"
	"strings"

	"sellerpulse/internal/meant"
)

// Stray is an environment variable that looks like one of ours, and sets nothing.
type Stray struct {
	Variable string
	Meant    string // the variable that may have been meant; empty if none is near
}

// ofKubernetes are the variables that Kubernetes gives to every container about a service whose name begins with ours.
var ofKubernetes = regexp.MustCompile(`_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)

// Strays lists the variables of an environment, as os.Environ has it, that begin as ours and set none of the flags.
func Strays(environment, flags []string) []Stray {
	var strays []Stray
	for _, variable := range environment {
		name, _, _ := strings.Cut(variable, "=")
		rest, ours := strings.CutPrefix(name, EnvironmentPrefix)
		if !ours || slices.ContainsFunc(flags, func(flag string) bool { return Variable(flag) == name }) || ofKubernetes.MatchString(name) {
			continue
		}
		stray := Stray{Variable: name}
		if flag := meant.Closest(rest, flags); flag != "" {
			stray.Meant = Variable(flag)
		}
		strays = append(strays, stray)
	}
	return strays
}
