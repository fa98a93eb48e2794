package access

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"strings"
)

// maxTokens bounds the tokens file: each request looks at all of them.
const maxTokens = 1000

// tokens are those in force.
type tokens struct{ list []Token }

// parseTokens reads a tokens file: a line for each token, blank ones and those that begin with "#" apart. A file without any is one that lets
// nobody in. Its errors name the line.
func parseTokens(text []byte) (*tokens, error) {
	var t tokens
	names, hashes := map[string]int{}, map[[sha256.Size]byte]int{}
	number := 0
	for line := range bytes.Lines(text) {
		number++
		words := strings.TrimSpace(string(line))
		if words == "" || words[0] == '#' {
			continue
		}
		token, err := parseLine(words)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if earlier, twice := names[token.Name]; twice {
			return nil, fmt.Errorf("line %d: name %q is that of line %d: give each token its own, as %s-2", number, token.Name, earlier, token.Name)
		}
		if earlier, twice := hashes[token.Hash]; twice {
			return nil, fmt.Errorf("line %d: token %s is that of line %d: make one for each with `processor token new`", number, token.Name, earlier)
		}
		names[token.Name], hashes[token.Hash] = number, number
		t.list = append(t.list, token)
	}
	if len(t.list) > maxTokens {
		return nil, fmt.Errorf("%d tokens: %d at most; --oidc-issuer is for more people", len(t.list), maxTokens)
	}
	return &t, nil
}

// of finds the token of a secret; nil for none. How long it takes does not depend on what is in the file: each hash is compared, whole.
func (t *tokens) of(secret string) *Token {
	if len(secret) < minTokenBytes || len(secret) > maxTokenBytes {
		return nil
	}
	hash := sha256.Sum256([]byte(secret))
	found := -1
	for i := range t.list {
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(hash[:], t.list[i].Hash[:]), i, found)
	}
	if found < 0 {
		return nil
	}
	return &t.list[found]
}

// named is the token of a name, which is no secret; nil for none.
func (t *tokens) named(name string) *Token {
	for i := range t.list {
		if t.list[i].Name == name {
			return &t.list[i]
		}
	}
	return nil
}
