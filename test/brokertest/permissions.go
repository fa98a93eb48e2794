package brokertest

import (
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Permission is an ACL that allows something.
type Permission struct {
	Operation kmsg.ACLOperation
	Resource  kmsg.ACLResourceType
	Name      string
	Prefixed  bool // all resources whose name begins with Name
}

func (p Permission) String() string {
	return fmt.Sprintf("%v on %v %q", p.Operation, p.Resource, p.Name)
}

func (p Permission) pattern() kmsg.ACLResourcePatternType {
	if p.Prefixed {
		return kmsg.ACLResourcePatternTypePrefixed
	}
	return kmsg.ACLResourcePatternTypeLiteral
}

const anyHost = "*"

// Allow gives a user permissions and returns when they are in force.
func (b *SecuredBroker) Allow(t testing.TB, user string, permissions ...Permission) {
	t.Helper()
	request := kmsg.NewPtrCreateACLsRequest()
	for _, p := range permissions {
		acl := kmsg.NewCreateACLsRequestCreation()
		acl.ResourceType, acl.ResourceName, acl.ResourcePatternType = p.Resource, p.Name, p.pattern()
		acl.Principal, acl.Host, acl.Operation, acl.PermissionType = "User:"+user, anyHost, p.Operation, kmsg.ACLPermissionTypeAllow
		request.Creations = append(request.Creations, acl)
	}
	client := b.admin(t)
	response, err := request.RequestWith(t.Context(), client)
	if err != nil {
		t.Fatalf("create ACLs: %v", err)
	}
	for _, r := range response.Results {
		if err := kerr.ErrorForCode(r.ErrorCode); err != nil {
			t.Fatalf("create ACL: %v", err)
		}
	}
	for _, p := range permissions {
		awaitPermission(t, client, user, p, true)
	}
}

// Forbid takes a permission from a user and returns when it is gone.
func (b *SecuredBroker) Forbid(t testing.TB, user string, p Permission) {
	t.Helper()
	principal, host := "User:"+user, anyHost
	filter := kmsg.NewDeleteACLsRequestFilter()
	filter.ResourceType, filter.ResourceName, filter.ResourcePatternType = p.Resource, &p.Name, p.pattern()
	filter.Principal, filter.Host, filter.Operation, filter.PermissionType = &principal, &host, p.Operation, kmsg.ACLPermissionTypeAllow
	request := kmsg.NewPtrDeleteACLsRequest()
	request.Filters = append(request.Filters, filter)
	client := b.admin(t)
	response, err := request.RequestWith(t.Context(), client)
	if err != nil || len(response.Results[0].MatchingACLs) != 1 {
		t.Fatalf("delete ACL %v: %v, %+v", p, err, response)
	}
	awaitPermission(t, client, user, p, false)
}

// awaitPermission returns when the broker's authorizer has the ACL, or has it no longer.
func awaitPermission(t testing.TB, client *kgo.Client, user string, p Permission, want bool) {
	t.Helper()
	principal := "User:" + user
	request := kmsg.NewPtrDescribeACLsRequest()
	request.ResourceType, request.ResourceName, request.ResourcePatternType = p.Resource, &p.Name, p.pattern()
	request.Principal, request.Operation, request.PermissionType = &principal, p.Operation, kmsg.ACLPermissionTypeAllow
	eventually(t, func(ctx context.Context) error {
		response, err := request.RequestWith(ctx, client)
		if err == nil && len(response.Resources) > 0 != want {
			err = fmt.Errorf("permission %v of %s: not yet as it should be", p, user)
		}
		return err
	})
}

// AddScramUser makes a user that SCRAM knows, by both hashes, and returns when the broker knows it.
func (b *SecuredBroker) AddScramUser(t testing.TB, user, password string) {
	t.Helper()
	const iterations = 4096
	salt := []byte(rand.Text())
	short, err := pbkdf2.Key(sha256.New, password, salt, iterations, sha256.Size)
	long, err2 := pbkdf2.Key(sha512.New, password, salt, iterations, sha512.Size)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	client := b.admin(t)
	hashes := [][]byte{short, long}
	for i, salted := range hashes {
		request := kmsg.NewPtrAlterUserSCRAMCredentialsRequest() // which takes a user but once
		u := kmsg.NewAlterUserSCRAMCredentialsRequestUpsertion()
		u.Name, u.Mechanism, u.Iterations, u.Salt, u.SaltedPassword = user, int8(i+1), iterations, salt, salted
		request.Upsertions = append(request.Upsertions, u)
		eventually(t, func(ctx context.Context) error { return alterUser(ctx, client, request) })
	}
	known := kmsg.NewPtrDescribeUserSCRAMCredentialsRequest()
	asked := kmsg.NewDescribeUserSCRAMCredentialsRequestUser()
	asked.Name = user
	known.Users = append(known.Users, asked)
	eventually(t, func(ctx context.Context) error {
		response, err := known.RequestWith(ctx, client)
		if err == nil && len(response.Results[0].CredentialInfos) < len(hashes) {
			err = fmt.Errorf("user %s: not known yet", user)
		}
		return err
	})
}

func alterUser(ctx context.Context, client *kgo.Client, request *kmsg.AlterUserSCRAMCredentialsRequest) error {
	response, err := request.RequestWith(ctx, client)
	if err != nil {
		return err
	}
	for _, r := range response.Results {
		if err := kerr.ErrorForCode(r.ErrorCode); err != nil {
			return fmt.Errorf("alter user %s: %w", r.User, err)
		}
	}
	return nil
}

// admin is a client of the listener whose users may do everything.
func (b *SecuredBroker) admin(t testing.TB) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Addresses...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func eventually(t testing.TB, try func(ctx context.Context) error) {
	t.Helper()
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 5*time.Millisecond, 200*time.Millisecond
	_, err := backoff.Retry(t.Context(), func() (struct{}, error) { return struct{}{}, try(t.Context()) },
		backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(cleanupTimeout))
	if err != nil {
		t.Fatal(err)
	}
}
