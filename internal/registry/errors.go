package registry

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/twmb/franz-go/pkg/sr"

	"sellerpulse/pkg/events"
)

// ErrAbsent says that the registry has no such id, subject, version or schema.
var ErrAbsent = errors.New("the schema registry does not have it")

// ErrRefused says that the registry will not take a schema, whenever it is asked.
var ErrRefused = errors.New("the schema registry refuses it")

// errSettings says that there is a registry, or something else, which will not answer as it is asked until a setting or a file is another.
var errSettings = errors.New("the settings do not fit")

// explain tells what an error of a request is about, and what to do. All but ErrAbsent and ErrRefused are outages: they may pass.
func explain(err error) error {
	if err == nil {
		return nil
	}
	answer, answered := errors.AsType[*sr.ResponseError](err)
	if request, ok := errors.AsType[*url.Error](err); ok { // The client repeats the address in each part of its error.
		err = fmt.Errorf("%s cannot be asked: %w", request.URL, request.Err)
	}
	var untrusted *tls.CertificateVerificationError
	var host x509.HostnameError
	switch {
	case !answered && (errors.As(err, &untrusted) || errors.As(err, &host)):
		return fmt.Errorf("%w: %w; see --schema-registry-tls-ca", errSettings, err)
	case !answered:
		return fmt.Errorf("%w; see --schema-registry", err)
	case sr.IsNotFoundError(answer.ErrorCode):
		return fmt.Errorf("%w: %w", ErrAbsent, answer)
	case answer.StatusCode == http.StatusConflict || sr.IsInvalidRequestError(answer.ErrorCode):
		return fmt.Errorf("%w: %w", ErrRefused, answer)
	case answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden:
		return fmt.Errorf("%w: it answers %d, %w; see --schema-registry-username, --schema-registry-password-file and --schema-registry-token-file", errSettings, answer.StatusCode, answer)
	case answer.StatusCode == http.StatusNotFound:
		return fmt.Errorf("%w: %s answers 404, as a schema registry does not: Apicurio Registry is asked at /apis/ccompat/v6 or v7; see --schema-registry", errSettings, answer.URL)
	}
	return fmt.Errorf("it answers %d: %w", answer.StatusCode, answer)
}

// passes is whether asking again may help, be it after a file was changed.
func passes(err error) bool { return !errors.Is(err, ErrAbsent) && !errors.Is(err, ErrRefused) }

// passesSoon is whether asking again soon may help.
func passesSoon(err error) bool { return passes(err) && !errors.Is(err, errSettings) }

// final is whether an id will not have a schema by which values can be read, however often it is asked for.
func final(err error) bool {
	return errors.Is(err, events.ErrUnknownSchema) || errors.Is(err, events.ErrForeignSchema)
}
