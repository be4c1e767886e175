package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"qyragy/proctor"
)

// TestPages asks for every page and looks at what protects it.
func TestPages(t *testing.T) {
	k := newKit(t, func(c *Config) { c.Secure = true })
	for _, path := range []string{"/", "/login", "/account", "/exam", "/proctor", "/proctor/x", "/review/x", "/acts", "/acts/x"} {
		got := k.do(request{method: "GET", path: path})
		csp := got.header.Get("Content-Security-Policy")
		if got.status != 200 || !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d %s", path, got.status, got.header.Get("Content-Type"))
		}
		for _, part := range []string{"default-src 'self'", "object-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(csp, part) {
				t.Errorf("%s: no %s in %q", path, part, csp)
			}
		}
		if strings.Contains(csp, "unsafe") || got.header.Get("Strict-Transport-Security") == "" || got.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %v", path, got.header)
		}
		again := k.do(request{method: "GET", path: path, header: map[string]string{"If-None-Match": got.header.Get("Etag")}})
		if again.status != 304 {
			t.Errorf("%s: %d for a known ETag", path, again.status)
		}
	}
	for _, path := range []string{"/nothing", "/index.html", "/examx", "/assets/", "/.gitkeep"} {
		if got := k.do(request{method: "GET", path: path}); got.status != 404 {
			t.Errorf("%s: %d", path, got.status)
		}
	}
}

// TestAssets serves what a build would have made.
func TestAssets(t *testing.T) {
	k := newKit(t)
	k.pages.assets["app-1a2b.js"] = []byte("let a;")
	got := k.do(request{method: "GET", path: "/assets/app-1a2b.js"})
	if got.status != 200 || string(got.body) != "let a;" || !strings.Contains(got.header.Get("Content-Type"), "javascript") ||
		!strings.Contains(got.header.Get("Cache-Control"), "immutable") {
		t.Fatalf("%d %v", got.status, got.header)
	}
}

// TestOperations asks how the server is, well and ill.
func TestOperations(t *testing.T) {
	ill := map[string]error{"journal": nil, "store": errors.New("password=secret")}
	k := newKit(t, func(c *Config) { c.Ready = func(context.Context) map[string]error { return ill } })
	got := k.do(request{method: "GET", path: "/readyz"})
	var r readiness
	must(t, json.Unmarshal(got.body, &r))
	if got.status != 503 || r.Ready || !r.Parts["journal"] || r.Parts["store"] || strings.Contains(string(got.body), "secret") {
		t.Errorf("%d %s", got.status, got.body)
	}
	delete(ill, "store")
	if got := k.do(request{method: "GET", path: "/readyz"}); got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
	for path, want := range map[string]string{"/healthz": "ok\n", "/metrics": "up 1\n"} {
		if got := k.do(request{method: "GET", path: path}); got.status != 200 || string(got.body) != want {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	if got := k.do(request{method: "HEAD", path: "/healthz"}); got.status != 200 {
		t.Errorf("HEAD: %d", got.status)
	}
}

// TestOpenAPI reads the document back and finds every row of the table in it.
func TestOpenAPI(t *testing.T) {
	k := newKit(t)
	doc := decode[struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			OperationID string         `json:"operationId"`
			Responses   map[string]any `json:"responses"`
		} `json:"paths"`
	}](t, k.do(request{method: "GET", path: "/openapi.json"}))
	var ids []string
	for _, rt := range k.table {
		if rt.about == "" {
			continue
		}
		op, ok := doc.Paths[rt.path][strings.ToLower(rt.method)]
		if !ok || op.Responses["default"] == nil || len(op.Responses) < 2 {
			t.Errorf("%s %s: %+v", rt.method, rt.path, op)
		}
		ids = append(ids, op.OperationID)
	}
	slices.Sort(ids)
	if len(slices.Compact(slices.Clone(ids))) != len(ids) || !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("operations %v", ids)
	}
	// Every reference leads somewhere, and none to huma's own failures.
	body := string(k.openAPI)
	if strings.Contains(body, "ErrorModel") || strings.Contains(body, "problem+json") {
		t.Error("the document describes huma's failures, not ours")
	}
	for _, part := range strings.Split(body, `"#/components/schemas/`)[1:] {
		name, _, _ := strings.Cut(part, `"`)
		if !strings.Contains(body, `"`+name+`":{`) {
			t.Errorf("%s is referred to and not described", name)
		}
	}
}

// TestRouteTable holds the table's own rules.
func TestRouteTable(t *testing.T) {
	k := newKit(t)
	for _, rt := range k.table {
		name := rt.method + " " + rt.path
		switch {
		case strings.HasPrefix(rt.path, "/api/") && rt.rate == rateNone:
			t.Errorf("%s has no rate", name)
		case strings.HasPrefix(rt.path, "/api/") && rt.roles == nil && rt.rate != rateLogin && rt.rate != rateVerify && rt.path != "/api/v1/logout":
			t.Errorf("%s is open to anybody", name)
		case rt.limit <= 0 || rt.limit > photoBody && rt.limit != scanBody && rt.limit != excuseBody && rt.limit != verifyBody:
			t.Errorf("%s takes %d bytes", name, rt.limit)
		case rt.method != "GET" && strings.HasPrefix(rt.path, "/api/") && rt.serve.accepts() == "":
			t.Errorf("%s takes any content type, also a form's", name)
		case slices.Contains(rt.roles, proctor.RoleExaminee) && len(rt.roles) > 1 && rt.path != "/api/v1/me" && rt.path != "/api/v1/ws":
			t.Errorf("%s mixes examinees and staff", name)
		}
		if rt.rate != rateNone && k.limits[rt.rate] == nil {
			t.Errorf("%s: rate class %q is unknown", name, rt.rate)
		}
	}
}

func TestAllowedOrigins(t *testing.T) {
	for base, want := range map[string]string{
		"https://exam.example.kz": "https://exam.example.kz https://lan.example.kz",
		"http://localhost:8080":   "http://localhost:8080 https://lan.example.kz http://localhost:8080 http://127.0.0.1:8080 http://[::1]:8080",
	} {
		u, err := url.Parse(base)
		must(t, err)
		if got := strings.Join(allowedOrigins(u, []string{"https://LAN.example.kz/"}), " "); got != want {
			t.Errorf("%s: %s", base, got)
		}
	}
}
