package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"testing"
	"time"

	"qyragy/media/vault"
)

// TestOutsideS3Address: what an address may look like, and that keys may not
// be in it.
func TestOutsideS3Address(t *testing.T) {
	t.Setenv("QYRAGY_S3_ACCESS_KEY", "access")
	t.Setenv("QYRAGY_S3_SECRET_KEY", "secret")
	for address, want := range map[string]*vault.Config{
		"https://s3.example.kz/exams":                   {Endpoint: "s3.example.kz", Bucket: "exams", Secure: true},
		"http://10.0.0.7:9000/exams/?region=kz-central": {Endpoint: "10.0.0.7:9000", Bucket: "exams", Region: "kz-central"},
		"https://a:b@s3.example.kz/exams":               nil,
		"https://s3.example.kz":                         nil,
		"https://s3.example.kz/":                        nil,
		"https://s3.example.kz/a/b":                     nil,
		"s3://exams":                                    nil,
		"s3.example.kz/exams":                           nil,
		"https:///exams":                                nil,
	} {
		got, err := outsideS3(address)
		if want == nil {
			if err == nil {
				t.Errorf("%s is taken for %+v", address, got)
			}
			continue
		}
		if err != nil || got.Endpoint != want.Endpoint || got.Bucket != want.Bucket || got.Secure != want.Secure || got.Region != want.Region ||
			got.AccessKey != "access" || got.SecretKey != "secret" {
			t.Errorf("%s: %+v, %v", address, got, err)
		}
	}
	t.Setenv("QYRAGY_S3_SECRET_KEY", "")
	if _, err := outsideS3("https://s3.example.kz/exams"); err == nil {
		t.Error("a store without a key is taken")
	}
}

// TestOutsideS3 keeps and locks an object in a store that is reached over TCP.
func TestOutsideS3(t *testing.T) {
	e, err := vault.OpenEmbedded(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	inside := e.Config("exams")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	// The embedded store listens on a Unix socket; the signature covers the
	// host that the client asked for, so it is passed on as it is.
	front := &http.Server{ReadHeaderTimeout: time.Second, Handler: &httputil.ReverseProxy{
		Transport: inside.Transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: "localhost"})
			r.Out.Host = r.In.Host
		},
	}}
	go front.Serve(l)
	defer front.Close()
	t.Setenv("QYRAGY_S3_ACCESS_KEY", inside.AccessKey)
	t.Setenv("QYRAGY_S3_SECRET_KEY", inside.SecretKey)
	v, done, err := openStore(t.Context(), "http://"+l.Addr().String()+"/exams", "")
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	if err := v.CheckLock(t.Context()); err != nil {
		t.Error(err)
	}
	r, err := store{v}.put(t.Context(), "a", []byte("kept elsewhere"), 0, "text/plain")
	if err != nil {
		t.Fatal(err)
	}
	body, _, err := v.Get(t.Context(), r.Key, r.VersionID)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if got, err := io.ReadAll(body); err != nil || string(got) != "kept elsewhere" {
		t.Errorf("%q, %v", got, err)
	}
}
