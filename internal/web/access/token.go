package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
)

// tokenPrefix lets those who look for secrets in the wrong places know one.
const tokenPrefix = "sellerpulse_"

// Lengths of a token as it is presented, in bytes. 22 letters are what 128 bits take in Base64: what is shorter was not made at random.
const (
	minTokenBytes = 22
	maxTokenBytes = 256
)

// Token is a line of the tokens file.
type Token struct {
	Name string
	Role Role
	Hash [sha256.Size]byte // SHA-256 of the token
}

// legalName is what a token may be called: it stands in logs and cookies.
var legalName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$`)

// checkName refuses what a token cannot be called.
func checkName(name string) error {
	if !legalName.MatchString(name) {
		return fmt.Errorf("name %q: use up to 64 letters, digits, '.', '_', '@' and '-'", name)
	}
	return nil
}

// NewToken makes a token. The secret is nowhere but in what it returns.
func NewToken(name string, role Role) (secret string, t Token, err error) {
	if err := checkName(name); err != nil {
		return "", Token{}, err
	}
	secret = tokenPrefix + rand.Text()
	return secret, Token{Name: name, Role: role, Hash: sha256.Sum256([]byte(secret))}, nil
}

// hashPrefix names the hash of a line, for lines of others to come.
const hashPrefix = "sha256:"

// Line is the token as the tokens file has it.
func (t *Token) Line() string {
	return fmt.Sprintf("%s %s %s%x", t.Name, t.Role, hashPrefix, t.Hash)
}

// parseLine reads a line of the tokens file. Its errors repeat no hash: who put a token in its place has it in no log.
func parseLine(line string) (t Token, err error) {
	words := strings.Fields(line)
	if len(words) != 3 {
		return t, fmt.Errorf("%d words: write NAME ROLE sha256:HASH, as `processor token new` does", len(words))
	}
	if err := checkName(words[0]); err != nil {
		return t, err
	}
	if t.Role, err = ParseRole(words[1]); err != nil {
		return t, err
	}
	digits, ok := strings.CutPrefix(words[2], hashPrefix)
	hash, err := hex.DecodeString(digits)
	if !ok || err != nil || len(hash) != len(t.Hash) {
		return t, fmt.Errorf("token %s: no hash: write sha256: and 64 hexadecimal digits, as `processor token new` does", words[0])
	}
	t.Name, t.Hash = words[0], [sha256.Size]byte(hash)
	return t, nil
}
