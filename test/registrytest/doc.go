// Package registrytest gives tests a schema registry: one in the test's own process, and Apicurio Registry, whose API is Confluent's too.
//
//	registrytest.Each(t, func(t *testing.T, r *registrytest.Registry) {
//		client, err := registry.New(registry.Options{URLs: []string{r.URL}})
//		…
//	})
//
// Apicurio Registry is started once for a package's tests. `make registry` builds it of what Maven Central has; without it its tests are skipped,
// and each says so, or fail with CI=true.
package registrytest
