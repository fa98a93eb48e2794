package access

import (
	"crypto/sha256"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

func TestNewTokensAreRandomAndFoundByTheirLine(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		secret, made, err := NewToken("alice", Operator)
		if err != nil {
			t.Fatal(err)
		}
		random := strings.TrimPrefix(secret, "sellerpulse_")
		if seen[secret] || len(random)*5 < 128 { // A letter of Base32 has 5 bits.
			t.Fatalf("token %q", secret)
		}
		seen[secret] = true
		in, err := parseTokens([]byte(made.Line()))
		if err != nil {
			t.Fatal(err)
		}
		if found := in.of(secret); found == nil || *found != made || strings.Contains(made.Line(), random) {
			t.Fatalf("found %v by line %q", found, made.Line())
		}
	}
	if _, _, err := NewToken("al ice", Viewer); err == nil {
		t.Error("a name of two words is taken")
	}
}

func TestTokensFiles(t *testing.T) {
	hash := func(secret string) string { return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(secret))) }
	a, b := hash("a"), hash("b")
	for _, c := range []struct {
		name, text string
		tokens     int
		want       string // in the error
	}{
		{"empty", "", 0, ""},
		{"comments alone", "# one\n\n   # two\n", 0, ""},
		{"two", "alice viewer " + a + "\nbob operator " + b + "\n", 2, ""},
		{"without a line end", "alice viewer " + a, 1, ""},
		{"of Windows", "alice viewer " + a + "\r\n", 1, ""},
		{"blanks", "  alice\tviewer   " + a + "  \n", 1, ""},
		{"capital digits", "alice viewer sha256:" + strings.ToUpper(a[7:]), 1, ""},
		{"two words", "alice viewer\n", 0, "line 1: 2 words: write NAME ROLE sha256:HASH"},
		{"four words", "# x\nalice viewer " + a + " x\n", 0, "line 2: 4 words"},
		{"a role", "alice admin " + a, 0, `line 1: role "admin": use viewer or operator`},
		{"anyone", "alice anyone " + a, 0, `role "anyone"`},
		{"a name", "al/ice viewer " + a, 0, `name "al/ice"`},
		{"a long name", strings.Repeat("a", 65) + " viewer " + a, 0, "name"},
		{"no prefix", "alice viewer " + a[7:], 0, "line 1: token alice: no hash"},
		{"a short hash", "alice viewer " + a[:70], 0, "no hash"},
		{"no digits", "alice viewer sha256:" + strings.Repeat("x", 64), 0, "no hash"},
		{"a name twice", "alice viewer " + a + "\nalice viewer " + b, 0, `line 2: name "alice" is that of line 1`},
		{"a token twice", "alice viewer " + a + "\n\nbob operator " + a, 0, "line 3: token bob is that of line 1"},
		{"too many", many(1001), 0, "1001 tokens: 1000 at most"},
	} {
		in, err := parseTokens([]byte(c.text))
		switch {
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		case c.want == "" && (err != nil || len(in.list) != c.tokens):
			t.Errorf("%s: %v, error %v", c.name, in, err)
		}
	}
	if _, err := parseTokens([]byte("alice viewer sellerpulse_ABCDEFGH")); err == nil || strings.Contains(err.Error(), "ABCDEFGH") {
		t.Errorf("who puts a token in the place of its hash reads it in the log: %v", err)
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "t%d viewer sha256:%x\n", i, sha256.Sum256([]byte{byte(i), byte(i >> 8)}))
	}
	return b.String()
}

func TestSecretsThatAreNoTokens(t *testing.T) {
	weak, long := "password", strings.Repeat("x", maxTokenBytes+1)
	text := fmt.Sprintf("weak operator sha256:%x\nlong operator sha256:%x\n", sha256.Sum256([]byte(weak)), sha256.Sum256([]byte(long)))
	in, err := parseTokens([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"", weak, long} {
		if found := in.of(secret); found != nil {
			t.Errorf("%q is taken for %s", secret, found.Name)
		}
	}
}

// Secrets are compared in a time that does not depend on them: package subtle compares each, and the loop over all has no other way out.
func TestTokensAreComparedInConstantTime(t *testing.T) {
	parsed, err := parser.ParseFile(token.NewFileSet(), "tokens.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var loop *ast.RangeStmt
	for _, d := range parsed.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "of" {
			ast.Inspect(f, func(n ast.Node) bool {
				if r, ok := n.(*ast.RangeStmt); ok {
					loop = r
				}
				return true
			})
		}
	}
	if loop == nil {
		t.Fatal("there is no loop over all tokens")
	}
	compares := false
	ast.Inspect(loop.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BranchStmt, *ast.ReturnStmt, *ast.IfStmt, *ast.BinaryExpr:
			t.Errorf("the loop has a %T", n)
		case *ast.SelectorExpr:
			compares = compares || n.Sel.Name == "ConstantTimeCompare"
		}
		return true
	})
	if !compares {
		t.Error("the loop does not compare by subtle.ConstantTimeCompare")
	}
}

// Whatever the file holds, nothing panics; what is taken is written again as it was meant.
func FuzzTokensFile(f *testing.F) {
	secret, made, err := NewToken("alice", Viewer)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("# c\n" + made.Line() + "\r\n"))
	f.Add([]byte("alice viewer sha256:00"))
	f.Add([]byte(many(3)))
	f.Fuzz(func(t *testing.T, text []byte) {
		in, err := parseTokens(text)
		if err != nil {
			return
		}
		var again strings.Builder
		for i := range in.list {
			fmt.Fprintln(&again, in.list[i].Line())
		}
		same, err := parseTokens([]byte(again.String()))
		if err != nil || len(same.list) != len(in.list) {
			t.Fatalf("%q is read again as %v, %v", again.String(), same, err)
		}
		for i := range in.list {
			if same.list[i] != in.list[i] || in.named(in.list[i].Name) != &in.list[i] {
				t.Errorf("token %v is read again as %v", in.list[i], same.list[i])
			}
		}
		if found := in.of(secret); found != nil && found.Hash != made.Hash {
			t.Errorf("another token is found: %v", found)
		}
	})
}
