package access

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// account is what a session keeps of an account of the issuer.
type account struct {
	Name string `json:"name"`
	Role Role   `json:"role"`
}

// claims are those of an ID token that tell who an account is.
type claims struct {
	Subject  string
	Email    string // empty unless the issuer has verified it: anybody can write another's
	Groups   []string
	Unproven string // the address that it has not verified
}

// parseClaims reads the claims of an ID token. Groups are a list of texts, or one text.
func parseClaims(text []byte, groupsClaim string) (claims, error) {
	var known struct {
		Subject  string `json:"sub"`
		Email    string `json:"email"`
		Verified any    `json:"email_verified"` // some issuers write "true"
	}
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &known); err != nil {
		return claims{}, fmt.Errorf("read claims: %w", err)
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return claims{}, fmt.Errorf("read claims: %w", err)
	}
	c := claims{Subject: known.Subject}
	if known.Verified == true || known.Verified == "true" {
		c.Email = known.Email
	} else {
		c.Unproven = known.Email
	}
	groups := all[groupsClaim]
	var one string
	if json.Unmarshal(groups, &c.Groups) != nil && json.Unmarshal(groups, &one) == nil {
		c.Groups = []string{one}
	}
	return c, nil
}

// groups is the claim that has an account's groups.
func (o *OIDC) groups() string {
	if o.GroupsClaim == "" {
		return "groups"
	}
	return o.GroupsClaim
}

// accountOf is what an account may do; of the role Anyone if nothing.
func (o *OIDC) accountOf(c claims) account {
	a := account{Name: cut(c.Email, cut(c.Subject, "account"))}
	switch {
	case c.among(o.Operators):
		a.Role = Operator
	case c.among(o.Viewers) || slices.Contains(o.Viewers, "*"):
		a.Role = Viewer
	}
	return a
}

// among is whether a list of e-mail addresses and groups has an account. An address is never taken for a group, nor a group for an address.
func (c *claims) among(list []string) bool {
	return slices.ContainsFunc(list, func(one string) bool {
		if strings.Contains(one, "@") {
			return strings.EqualFold(one, c.Email)
		}
		return one != "*" && slices.Contains(c.Groups, one)
	})
}
