package registrytest

import (
	"fmt"
	"io"
	"testing"

	"github.com/twmb/franz-go/pkg/sr/srfake"
)

// Registry is a schema registry that answers.
type Registry struct {
	Name string // what it is
	URL  string

	alive io.Closer // which ends it; kept, for a pipe that nobody has is closed
}

// Each runs a test on a registry in this process, then on Apicurio Registry.
func Each(t *testing.T, test func(t *testing.T, r *Registry)) {
	t.Helper()
	t.Run("fake", func(t *testing.T) {
		fake := srfake.New()
		t.Cleanup(fake.Close)
		test(t, &Registry{Name: "fake", URL: fake.URL()})
	})
	t.Run("apicurio", func(t *testing.T) { test(t, Apicurio(t)) })
}

// Subject is a subject, or a topic, that no other test of the package has.
func Subject(t testing.TB, name string) string { return fmt.Sprintf("%x-%s", t.Name(), name) }
