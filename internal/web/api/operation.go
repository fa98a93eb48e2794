package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// operation is what can be asked for at a path.
type operation struct {
	id, path, tag, summary, says string
	content                      map[string]*huma.MediaType // beside JSON; nil for none
	waits                        bool                       // for other processes, and so takes no room: they must not wait for each other's
}

// get registers what is asked for with I and answered with T as JSON. Its request's context has the deadline of the answer.
//
// huma checks the parameters, and describes them and T. It does not write T: an answer may be another process's, be not modified, or be CSV, and all that is known
// when there is an answer alone.
func get[I, T any](a *api, op operation, answer func(*http.Request, *I) (T, error)) {
	registry := a.huma.OpenAPI().Components.Schemas
	content := map[string]*huma.MediaType{jsonType: {Schema: registry.Schema(reflect.TypeFor[T](), true, "")}}
	for name, media := range op.content {
		content[name] = media
	}
	huma.Register(a.huma, op.described(content), func(_ context.Context, in *I) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(c huma.Context) {
			r, w := humago.Unwrap(c)
			here := func() (any, error) { return answer(r, in) }
			switch {
			case a.elsewhere(w, r, in):
			case op.waits:
				a.sendOf(w, r, here)
			default:
				a.answer(w, r, here)
			}
		}}, nil
	})
}

// described is the operation as huma has it.
func (op *operation) described(content map[string]*huma.MediaType) huma.Operation {
	return huma.Operation{
		OperationID: op.id, Method: http.MethodGet, Path: op.path, Summary: op.summary, Description: op.says, Tags: []string{op.tag},
		Responses: map[string]*huma.Response{"200": {Description: "OK", Content: content}},
	}
}

// aboutState is an input about a state.
type aboutState interface {
	about() (about About, ok bool) // false where the state is not needed
}

// elsewhere is whether another process has answered. It takes no room: processes must not wait for each other's.
func (a *api) elsewhere(w http.ResponseWriter, r *http.Request, in any) bool {
	state, ok := in.(aboutState)
	if !ok || a.o.Elsewhere == nil {
		return false
	}
	about, ok := state.about()
	return ok && a.o.Elsewhere(w, r, about)
}

// answer answers when there is room for it, which it takes until the answer is sent, for that is in memory until then.
func (a *api) answer(w http.ResponseWriter, r *http.Request, of func() (any, error)) {
	select {
	case a.room <- struct{}{}:
		defer func() { <-a.room }()
	case <-r.Context().Done():
		sendProblem(w, problemOf(r.Context(), fmt.Errorf("await one of %d answers at a time: %w", a.o.AtOnce, context.Cause(r.Context()))))
		return
	}
	a.sendOf(w, r, of)
}

// sendOf sends an answer, or why there is none.
func (a *api) sendOf(w http.ResponseWriter, r *http.Request, of func() (any, error)) {
	content, err := of()
	if err != nil {
		sendProblem(w, problemOf(r.Context(), err))
		return
	}
	if s, ok := content.(sender); ok {
		s.send(w, r)
		return
	}
	sendJSON(w, r, content)
}

// sender is an answer that sends itself.
type sender interface {
	send(http.ResponseWriter, *http.Request)
}

const jsonType = "application/json"

func sendJSON(w http.ResponseWriter, r *http.Request, content any) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(content); err != nil {
		panic(fmt.Errorf("write the answer: %w", err)) // It is made of our types alone.
	}
	sendText(w, r, jsonType, text.Bytes())
}

// sendText sends a text, or that it is the one that whoever asks has.
func sendText(w http.ResponseWriter, r *http.Request, mediaType string, text []byte) {
	sum := sha256.Sum256(text)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:16])
	h := w.Header()
	h.Set("Cache-Control", "private, no-cache")
	for _, ending := range []string{`"`, gzipped + `"`} {
		if strings.Contains(r.Header.Get("If-None-Match"), tag+ending) {
			h.Set("ETag", tag+ending)
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	h.Set("ETag", tag+`"`)
	h.Set("Content-Type", mediaType)
	_, _ = w.Write(text) // The one who asked has gone.
}
