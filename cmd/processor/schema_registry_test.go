package main

import (
	"encoding/pem"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/sr/srfake"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/outputs"
	"sellerpulse/test/brokertest"
)

func TestSchemaRegistryUsage(t *testing.T) {
	secret, two := write(t, "secret", "s3cret\n"), write(t, "two", "a\nb\n")
	for args, want := range map[string]string{
		"--schema-registry registry:8081":                                                                  "not a URL such as http://registry:8081",
		"--schema-registry http://u:s3cret@r:8081":                                                         "shows its password",
		"--schema-registry http://r:8081/?x=1":                                                             "more than a scheme, a host and a path",
		"--schema-registry http://r --schema-subject record_name":                                          "use topic or record or topic-record",
		"--schema-registry-username u":                                                                     "go with --schema-registry",
		"--schema-registry http://r --schema-registry-username u":                                          "go together",
		"--schema-registry http://r --schema-registry-password-file " + secret:                             "go together",
		"--schema-registry http://r --schema-registry-username u --schema-registry-token-file " + secret:   "exclude each other",
		"--schema-registry http://r --schema-registry-token-file " + two:                                   "not one line with a secret",
		"--schema-registry http://r --schema-registry-token-file /nowhere":                                 "--schema-registry-token-file",
		"--schema-registry https://r --schema-registry-tls-ca " + secret:                                   "no certificate in PEM form",
		"--schema-registry https://r --schema-registry-tls-cert " + secret:                                 "--schema-registry-tls-cert goes with --schema-registry-tls-key",
		"--schema-registry https://r --schema-registry-tls-key x --schema-registry-tls-cert " + secret:     "--schema-registry-tls-key",
		"--schema-registry http://r --schema-registry http://r --schema-register=maybe --log-format=text ": "use true or false",
	} {
		got := call(t, nil, "", append(strings.Fields(args), "alerts", "--until-end", "--brokers", nobody)...)
		if got.code != exitUsage || !strings.Contains(got.stderr, want) || strings.Contains(got.stderr, "s3cret") {
			t.Errorf("%s: code %d, error %q, want %q", args, got.code, got.stderr, want)
		}
	}
}

// What is in the files proves who asks; the token's is read again. Nothing of it is printed.
func TestSchemaRegistryAuthorization(t *testing.T) {
	token, password := write(t, "token", "one\n"), write(t, "password", "s3cret")
	for name, c := range map[string]struct {
		r     schemaRegistry
		wants []string
	}{
		"basic":  {schemaRegistry{urls: links{"http://r"}, username: "u", passwordFile: password}, []string{"Basic dTpzM2NyZXQ=", "Basic dTpzM2NyZXQ="}},
		"bearer": {schemaRegistry{urls: links{"http://r"}, tokenFile: token}, []string{"Bearer one", "Bearer two"}},
	} {
		authorize, err := c.r.authorize(slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, want := range c.wants {
			if err := os.WriteFile(token, []byte([]string{"one", "two\n"}[i]), 0o600); err != nil {
				t.Fatal(err)
			}
			q := httptest.NewRequest(http.MethodGet, "/subjects", nil)
			if err := authorize(q); err != nil || q.Header.Get("Authorization") != want {
				t.Errorf("%s: %q, %v, want %q", name, q.Header.Get("Authorization"), err, want)
			}
		}
	}
}

// A registry behind TLS, that asks for a password: what is written has its ids, and each command reads it.
func TestSchemaRegistryByTLS(t *testing.T) {
	fake := srfake.New(srfake.WithAuth("Basic dTpzM2NyZXQ="))
	t.Cleanup(fake.Close)
	to, err := url.Parse(fake.URL())
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewUnstartedServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }})
	front.Config.ErrorLog = log.New(io.Discard, "", 0)
	front.StartTLS()
	t.Cleanup(front.Close)
	broker := brokertest.Embedded(t)
	environment := topicsAt(t, broker)
	environment["SELLERPULSE_SCHEMA_REGISTRY"] = front.URL
	environment["SELLERPULSE_SCHEMA_REGISTRY_USERNAME"] = "u"
	environment["SELLERPULSE_SCHEMA_REGISTRY_PASSWORD_FILE"] = write(t, "password", "s3cret")
	if got := call(t, with(environment, "SELLERPULSE_SCHEMA_REGISTER", "false"), shop, "produce"); got.code != exitFailed || !strings.Contains(got.stderr, "--schema-registry-tls-ca") {
		t.Errorf("of an unknown authority: code %d, error %q", got.code, got.stderr)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw})
	environment["SELLERPULSE_SCHEMA_REGISTRY_TLS_CA"] = write(t, "ca.pem", string(certificate))
	if got := call(t, with(environment, "SELLERPULSE_SCHEMA_REGISTER", "false"), shop, "produce"); got.code != exitFailed || !strings.Contains(got.stderr, "leave out --schema-register=false") {
		t.Errorf("of a registry that has nothing: code %d, error %q", got.code, got.stderr)
	}
	must(t, environment, shop, "produce")
	must(t, with(environment, "SELLERPULSE_SCHEMA_REGISTER", "false"), shop, "produce")
	must(t, environment, "", "run", "--until-end", "--state-dir", t.TempDir())
	if report := must(t, environment, "", "report", "--seller", "S1", "--output", "json"); !strings.Contains(report, `"seller_id":"S1"`) {
		t.Errorf("the report is %s", report)
	}
	if got := strings.Count(must(t, environment, "", "export"), "\n"); got != 4 {
		t.Errorf("%d events are exported, want 4", got)
	}
	if letters := must(t, environment, "", "dead-letters", "list", "--output", "json"); letters != "" {
		t.Errorf("there are dead letters: %s", letters)
	}
	for _, value := range valuesOf(t, broker, environment["SELLERPULSE_TOPIC_PREFIX"]+"seller-health") {
		if _, err := outputs.DecodeReport(value); err != nil || value[0] != 0 {
			t.Errorf("a report is written without an id of the registry: %x, %v", value[:5], err)
		}
	}
}

// with is an environment with another value of a variable.
func with(environment map[string]string, variable, value string) map[string]string {
	all := map[string]string{variable: value}
	for name, v := range environment {
		if name != variable {
			all[name] = v
		}
	}
	return all
}

// valuesOf are all values of a topic.
func valuesOf(t *testing.T, broker *brokertest.Broker, topic string) (values [][]byte) {
	t.Helper()
	client, err := stream.Dial(t.Context(), stream.Options{Brokers: broker.Addresses})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for p := range int32(2) {
		tp := stream.TopicPartition{Topic: topic, Partition: p}
		ends, err := client.Ends(t.Context(), []stream.TopicPartition{tp})
		if err != nil {
			t.Fatal(err)
		}
		fetcher := client.NewFetcher(stream.FetchOptions{Positions: []stream.Position{{TopicPartition: tp}}, Marks: true})
		for next := int64(0); next < ends[tp].LastStable; {
			chunks, err := fetcher.Fetch(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range chunks {
				next = c.Next
				for _, r := range c.Records {
					values = append(values, r.Value)
				}
			}
		}
	}
	if len(values) == 0 {
		t.Fatalf("topic %s is empty", topic)
	}
	return values
}
