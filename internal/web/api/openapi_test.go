package api

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"testing"
)

// The document and the client that are committed are of the handlers as they are.
func TestOpenAPIIsCurrent(t *testing.T) {
	document, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(document, Document()) {
		t.Error("openapi.json is not what the handlers have now: run `go generate ./internal/web/api`")
	}
	client, err := os.ReadFile("../../../test/apiclient/client.gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if of := fmt.Sprintf("// Of the document with the SHA-256 %x.\n", sha256.Sum256(document)); !bytes.HasPrefix(client, []byte(of)) {
		t.Error("the client is of another document: run `go generate ./internal/web/api`")
	}
}
