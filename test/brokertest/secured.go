package brokertest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"sellerpulse/test/brokertest/apachekafka"
)

// SecuredBroker is an Apache Kafka that lets in whoever proves who he is, and lets him do what an ACL allows. Broker.Addresses is its
// plain-text listener, whose users may do everything.
type SecuredBroker struct {
	*Broker
	SASL     []string // TLS, then PLAIN or SCRAM
	Mutual   []string // TLS with a certificate of the client's
	Fleeting []string // as SASL, but a session ends after SessionLifetimeMillis
	Open     []string // SASL without TLS
	*Authority
}

// Of the users that PLAIN knows, the one may do everything, the other nothing without an ACL.
const (
	Superuser             = "admin"
	PlainUser             = "plain"
	PlainPassword         = "secret of plain"
	SuperuserPassword     = "secret of admin"
	SessionLifetimeMillis = 5000
)

type securedCluster struct {
	cluster   *apachekafka.Cluster
	authority *Authority
}

var startSecured = sync.OnceValues(func() (securedCluster, error) {
	authority, err := NewAuthority()
	if err != nil {
		return securedCluster{}, err
	}
	server, err := authority.Issue("broker")
	if err != nil {
		return securedCluster{}, err
	}
	cluster, err := apachekafka.Start(context.Background(), apachekafka.Options{
		Settings:  securedSettings(authority.PEM, server),
		Listeners: map[string]string{"SECURED": "SASL_SSL", "MUTUAL": "SSL", "FLEETING": "SASL_SSL", "OPEN": "SASL_PLAINTEXT"},
	})
	return securedCluster{cluster, authority}, err
})

// Secured is an Apache Kafka with authentication and authorization that the tests of a binary share. Without the jars the test is skipped,
// or fails with CI=true.
func Secured(t testing.TB) *SecuredBroker {
	t.Helper()
	running, err := startSecured()
	if err != nil {
		missing(t, err)
	}
	c := running.cluster
	broker := &Broker{Kind: KafkaKind, Addresses: c.Addresses(), Prefix: newPrefix(t)}
	t.Cleanup(func() { deleteTopics(t, broker) })
	return &SecuredBroker{
		Broker: broker, Authority: running.authority,
		SASL: c.Listener("SECURED"), Mutual: c.Listener("MUTUAL"), Fleeting: c.Listener("FLEETING"), Open: c.Listener("OPEN"),
	}
}

func securedSettings(authority string, server Certificate) map[string]string {
	settings := map[string]string{
		"ssl.keystore.type":                                      "PEM",
		"ssl.keystore.certificate.chain":                         server.Chain,
		"ssl.keystore.key":                                       server.Key,
		"ssl.truststore.type":                                    "PEM",
		"ssl.truststore.certificates":                            authority,
		"listener.name.mutual.ssl.client.auth":                   "required",
		"sasl.enabled.mechanisms":                                "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
		"authorizer.class.name":                                  "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		"allow.everyone.if.no.acl.found":                         "false",
		"super.users":                                            "User:" + Superuser + ";User:ANONYMOUS",
		"listener.name.open.sasl.enabled.mechanisms":             "SCRAM-SHA-512",
		"listener.name.fleeting.sasl.enabled.mechanisms":         "PLAIN",
		"listener.name.fleeting.plain.connections.max.reauth.ms": fmt.Sprint(SessionLifetimeMillis),
	}
	plain := fmt.Sprintf("org.apache.kafka.common.security.plain.PlainLoginModule required user_%s=%q user_%s=%q;",
		Superuser, SuperuserPassword, PlainUser, PlainPassword)
	for _, listener := range []string{"secured", "fleeting", "open"} {
		prefix := "listener.name." + listener + "."
		settings[prefix+"plain.sasl.jaas.config"] = plain
		for _, mechanism := range []string{"scram-sha-256", "scram-sha-512"} {
			settings[prefix+mechanism+".sasl.jaas.config"] = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
		}
	}
	return settings
}
