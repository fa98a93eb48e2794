package access

import "fmt"

// Role is what one may ask for. A greater one may ask for all that a lesser one may.
type Role uint8

// The roles.
const (
	Anyone   Role = iota // has not said who it is: probes, the page to log in
	Viewer               // may see everything
	Operator             // may also do what changes something or costs much
)

// String is the role's name.
func (r Role) String() string {
	switch r {
	case Viewer:
		return "viewer"
	case Operator:
		return "operator"
	default:
		return "anyone"
	}
}

// ParseRole reads the role of somebody: viewer or operator.
func ParseRole(text string) (Role, error) {
	for _, r := range []Role{Viewer, Operator} {
		if text == r.String() {
			return r, nil
		}
	}
	return Anyone, fmt.Errorf("role %q: use viewer or operator", text)
}

// Principal is who asks.
type Principal struct {
	Name string // of the token, of the account at the issuer, or of the certificate; empty where nobody is asked
	Role Role
	By   string // what told so: token, session, oidc, certificate; empty where nothing did
}
