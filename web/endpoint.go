package web

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"qyragy/proctor"
)

// endpoint is what a route leads to: a JSON handler, which huma decodes,
// checks and describes, or a plain one.
type endpoint interface {
	// accepts is the media type that a body must have, "" for any.
	accepts() string
	// mount adds the route to the server and to its OpenAPI document.
	mount(s *Server, api huma.API, rt route)
}

// body is a request whose body is a T and nothing else.
type body[T any] struct{ Body T }

// nothing is a request or a body without content.
type nothing struct{}

// reply is an answer with a JSON body.
type reply[T any] struct{ Body T }

// jsonEndpoint handles a decoded I and answers with an O.
type jsonEndpoint[I, O any] struct {
	handle func(context.Context, *call, *I) (*O, error)
}

// answer makes an endpoint of a handler that returns a body.
func answer[I, T any](h func(context.Context, *call, *I) (T, error)) endpoint {
	return jsonEndpoint[I, reply[T]]{func(ctx context.Context, c *call, in *I) (*reply[T], error) {
		out, err := h(ctx, c, in)
		return &reply[T]{out}, err
	}}
}

// done makes an endpoint of a handler that answers 204.
func done[I any](h func(context.Context, *call, *I) error) endpoint {
	return jsonEndpoint[I, struct{}]{func(ctx context.Context, c *call, in *I) (*struct{}, error) {
		return nil, h(ctx, c, in)
	}}
}

func (jsonEndpoint[I, O]) accepts() string { return "application/json" }

func (e jsonEndpoint[I, O]) mount(s *Server, api huma.API, rt route) {
	huma.Register(api, rt.operation(api), func(ctx context.Context, in *I) (*O, error) {
		c := callOf(ctx)
		out, err := e.handle(ctx, c, in)
		if err != nil {
			return nil, s.explain(c.r, err)
		}
		return out, nil
	})
}

// plainEndpoint answers by itself with a body of type gives, and takes bodies
// of type takes.
type plainEndpoint struct {
	gives, takes string
	handle       http.HandlerFunc
}

func plain(gives, takes string, h http.HandlerFunc) endpoint { return plainEndpoint{gives, takes, h} }

func (e plainEndpoint) accepts() string { return e.takes }

func (e plainEndpoint) mount(s *Server, api huma.API, rt route) {
	s.mux.HandleFunc(rt.method+" "+rt.path, s.guard(rt, e.handle))
	if rt.about == "" {
		return
	}
	op := rt.operation(api)
	binary := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	ok := &huma.Response{Description: "Done"}
	status := "204"
	if e.gives != "" {
		status = "200"
		ok.Content = map[string]*huma.MediaType{e.gives: {Schema: binary}}
	}
	op.Responses[status] = ok
	if e.takes != "" {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{e.takes: {Schema: binary}}}
	}
	for _, part := range strings.Split(rt.path, "/") {
		if name, yes := strings.CutPrefix(part, "{"); yes {
			op.Parameters = append(op.Parameters, &huma.Param{
				Name: strings.TrimSuffix(name, "}"), In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString},
			})
		}
	}
	api.OpenAPI().AddOperation(&op)
}

// socketEndpoint is a plain one whose Origin is required.
type socketEndpoint struct{ plainEndpoint }

func socket(h http.HandlerFunc) endpoint { return socketEndpoint{plainEndpoint{"", "", h}} }

// operation describes rt for OpenAPI.
func (rt route) operation(api huma.API) huma.Operation {
	errorSchema := api.OpenAPI().Components.Schemas.Schema(typeOf[failure](), true, "Failure")
	return huma.Operation{
		OperationID: operationID(rt), Method: rt.method, Path: rt.path, Summary: rt.about,
		Description: rt.who(), MaxBodyBytes: rt.limit,
		Responses: map[string]*huma.Response{"default": {
			Description: "Failure",
			Content:     map[string]*huma.MediaType{"application/json": {Schema: errorSchema}},
		}},
	}
}

// who says in a line who may use rt.
func (rt route) who() string {
	if rt.roles == nil {
		return "Anybody."
	}
	names := make([]string, len(rt.roles))
	for i, r := range rt.roles {
		names[i] = string(r)
	}
	return "Roles: " + strings.Join(names, ", ") + "."
}

func operationID(rt route) string {
	name := strings.NewReplacer("/api/v1/", "", "{", "", "}", "", ".", "-").Replace(rt.path)
	return strings.ToLower(rt.method) + "-" + strings.Trim(strings.ReplaceAll(name, "/", "-"), "-")
}

// guardedMux is the mux as huma sees it: each pattern goes through the guard
// of its row.
type guardedMux struct {
	*Server
	rows map[string]route
}

// HandleFunc implements humago.Mux.
func (m guardedMux) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	m.mux.HandleFunc(pattern, m.guard(m.rows[pattern], func(w http.ResponseWriter, r *http.Request) {
		h(&humaWriter{ResponseWriter: w}, r)
	}))
}

// ServeHTTP implements humago.Mux.
func (m guardedMux) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.mux.ServeHTTP(w, r) }

// humaWriter answers with the status that envelope decides on instead of
// huma's own.
type humaWriter struct {
	http.ResponseWriter
	status int // 0: as huma says
}

// WriteHeader implements http.ResponseWriter.
func (w *humaWriter) WriteHeader(status int) {
	if w.status != 0 {
		status = w.status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap serves http.ResponseController.
func (w *humaWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// mountAll builds the mux and the OpenAPI document from the route table.
func (s *Server) mountAll() error {
	rows := map[string]route{}
	for _, rt := range s.table {
		rows[rt.method+" "+rt.path] = rt
	}
	api := humago.New(guardedMux{s, rows}, s.humaConfig())
	for _, rt := range s.table {
		rt.serve.mount(s, api, rt)
	}
	for _, unused := range []string{"ErrorModel", "ErrorDetail"} { // huma registers its own in any case
		delete(api.OpenAPI().Components.Schemas.Map(), unused)
	}
	doc, err := json.Marshal(api.OpenAPI())
	if err != nil {
		return fmt.Errorf("describe the API: %w", err)
	}
	s.openAPI = doc
	return nil
}

// humaConfig leaves out what huma adds by default: its own routes, links in
// bodies, error format and unescaped HTML.
func (s *Server) humaConfig() huma.Config {
	format := huma.Format{
		Marshal:   func(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) },
		Unmarshal: json.Unmarshal,
	}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "Qyragy", Version: "1", Description: "See docs/PROTOCOL.md."},
		},
		Formats:       map[string]huma.Format{"application/json": format, "json": format},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{s.envelope},
	}
}

// envelope turns huma's own complaints about a request, which quote it, into
// this API's failures, which do not. Whatever is wrong with a body, in this
// API it is 413 or 400.
func (s *Server) envelope(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	e := proctor.Errorf(proctor.Invalid, "body")
	if m.Status == http.StatusRequestEntityTooLarge {
		e = proctor.Errorf(kindTooLarge, "too_large")
	}
	r, w := humago.Unwrap(ctx)
	f := s.failure(r, e)
	if h, ok := w.(*humaWriter); ok {
		h.status = f.status
	}
	return f, nil
}

func (s *Server) getOpenAPI(w http.ResponseWriter, r *http.Request) {
	serveBytes(w, r, "application/json", "no-cache", "", s.openAPI)
}

// typeOf names a type to huma's registry.
func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }
