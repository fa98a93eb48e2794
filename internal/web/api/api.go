package api

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/klauspost/compress/gzhttp"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/view"
	"sellerpulse/internal/web/ask"
	"sellerpulse/internal/web/survey"
	"sellerpulse/pkg/rules"
)

// Options say what is answered from, and how much of it at a time. All bounds have defaults.
type Options struct {
	View *view.View

	// Of has a question about a seller answered from a snapshot of the state, as [ask.States] does; nil without a state.
	Of func(ctx context.Context, seller string, answer func(*inspect.Partition) error) error
	// Events reads the events behind an order back from their topics, as [ask.States] does; nil where Of is.
	Events func(context.Context, *inspect.Order) (*ask.OrderEvents, error)
	// Elsewhere is given each request about a state first. Where that is not here it may have another process answer, and tells whether the request is
	// answered; nil: all are answered from here.
	Elsewhere func(w http.ResponseWriter, r *http.Request, about About) bool

	Survey  *survey.Survey // of the processes; default of nothing
	Rules   *rules.Set     // in force; nil where they are not known
	Zone    *time.Location // whose days dates are
	Version string         // of the program

	Timeout   time.Duration // of an answer; default 10 s
	AtOnce    int           // answers that are made and sent at the same time, others wait; default 32
	Streams   int           // of alerts at the same time, others are refused; default 64
	Stream    time.Duration // of a stream, after which the one who asks is to ask again; default 15 min
	Heartbeat time.Duration // of a stream without alerts; default 15 s
	Write     time.Duration // for each event of a stream to be taken; default 10 s
}

// About is whose state a request is about.
type About struct {
	Seller    string
	Partition *int32 // that is asked about; nil: the seller's
	Partly    bool   // without the state there is a part of the answer, which is given where no process answers from that
}

func (o *Options) setDefaults() {
	o.Timeout, o.AtOnce, o.Streams = cmp.Or(o.Timeout, 10*time.Second), cmp.Or(o.AtOnce, 32), cmp.Or(o.Streams, 64)
	o.Stream, o.Heartbeat, o.Write = cmp.Or(o.Stream, 15*time.Minute), cmp.Or(o.Heartbeat, 15*time.Second), cmp.Or(o.Write, 10*time.Second)
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Survey == nil {
		o.Survey = survey.New(survey.Options{})
	}
}

// Prefix is of all paths.
const Prefix = "/api/v1"

// api answers.
type api struct {
	o        Options
	huma     huma.API
	router   *router
	room     chan struct{} // for answers at a time
	streams  chan struct{} // likewise
	document []byte        // OpenAPI 3.1
}

// Register adds everything under [Prefix] to a mux. Before the mux there should be [Exact].
func Register(mux *http.ServeMux, o Options) { mux.Handle("GET "+Prefix+"/", newAPI(o).router) }

//go:generate go run ./generate

// Document is the OpenAPI 3.1 document, as JSON.
func Document() []byte { return newAPI(Options{}).document }

func newAPI(o Options) *api {
	o.setDefaults()
	a := &api{o: o, room: make(chan struct{}, o.AtOnce), streams: make(chan struct{}, o.Streams)}
	a.router = &router{api: a, compressed: compressed()}
	a.huma = huma.NewAPI(config(), humago.NewAdapter(a.router, Prefix))
	a.huma.UseMiddleware(a.known)
	a.registerSellers()
	a.registerSeller()
	a.registerAlerts()
	a.registerProcesses()
	a.registerRules()
	refine(a.huma.OpenAPI().Components.Schemas)
	describe(a.huma.OpenAPI().Components.Schemas)
	a.document = document(a.huma.OpenAPI())
	a.router.HandleFunc("GET "+Prefix+"/openapi.json", func(w http.ResponseWriter, r *http.Request) { sendText(w, r, jsonType, a.document) })
	return a
}

// config is huma's: OpenAPI is served from here, and answers get no fields beyond their own.
func config() huma.Config {
	c := huma.DefaultConfig("Sellerpulse", "1")
	c.OpenAPIPath, c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", "", nil
	c.Info.Description = "Where sellers stand with the policy targets of a marketplace, their alerts, and what is behind each number. " +
		"Ids in paths are percent-encoded, each as one segment. Errors are problem details (RFC 9457)."
	c.Servers = []*huma.Server{{URL: Prefix}}
	c.Transformers = []huma.Transformer{func(ctx huma.Context, _ string, problem any) (any, error) { // huma writes problems alone.
		explained(problem)
		ctx.SetHeader("Cache-Control", "no-store")
		return problem, nil
	}}
	return c
}

// document is OpenAPI as JSON, for eyes too.
func document(o *huma.OpenAPI) []byte {
	text, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		panic(err) // It is made of our types alone.
	}
	return append(text, '\n')
}

// gzipped is what the ETag of a compressed answer ends with.
const gzipped = "-gzip"

func compressed() func(http.Handler) http.HandlerFunc {
	wrap, err := gzhttp.NewWrapper(gzhttp.EnableZstd(false), gzhttp.CompressionLevel(1), gzhttp.SuffixETag(gzipped))
	if err != nil {
		panic(err) // It does not depend on anything.
	}
	return wrap
}
