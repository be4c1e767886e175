package journal

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/alexedwards/scs/v2"
	"github.com/google/go-cmp/cmp"

	"qyragy/proctor"
)

var (
	_ scs.Store    = (*SessionStore)(nil)
	_ scs.CtxStore = (*SessionStore)(nil)
)

func aigul() proctor.Person {
	return proctor.Person{Login: "aigul", Name: "Әбенова Айгүл", Roles: []proctor.Role{proctor.RoleSpecialist, proctor.RoleProctor}}
}

func TestAccounts(t *testing.T) {
	path := file(t)
	ctx := t.Context()
	a := open(t, path).Accounts()
	if err := a.Create(ctx, aigul(), "құпия сөй", []byte("sealed\x00key"), certificate(t, 1)); err != nil {
		t.Fatal(err)
	}
	bolat := proctor.Person{Login: "bolat", Name: "Болат", Roles: []proctor.Role{proctor.RoleHead}}
	if err := a.Create(ctx, bolat, "password", nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := a.Create(ctx, aigul(), "another password", nil, nil); proctor.KindOf(err) != proctor.Conflict {
		t.Error(err)
	}
	a = open(t, path).Accounts()
	// The same letters, the last of them typed as two.
	for _, password := range []string{"құпия сөй", "құпия сөи\u0306"} {
		p, err := a.Login(ctx, "aigul", password)
		if diff := cmp.Diff(aigul(), p); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
	for _, c := range [][2]string{{"aigul", "құпия сөи"}, {"aigul", ""}, {"nobody", "құпия сөй"}, {"AIGUL", "құпия сөй"}, {"' OR 1=1 --", "x"}, {"", ""}} {
		p, err := a.Login(ctx, c[0], c[1])
		var e *proctor.Error
		if !errors.As(err, &e) || e.Kind != proctor.Forbidden || e.Key != "login" || p.Login != "" {
			t.Error(c, p, err)
		}
	}
	people, err := a.People(ctx)
	if diff := cmp.Diff([]proctor.Person{aigul(), bolat}, people); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if _, err := a.Person(ctx, "nobody"); proctor.KindOf(err) != proctor.NotFound {
		t.Error(err)
	}
}

func TestSealedKey(t *testing.T) {
	ctx := t.Context()
	a := open(t, file(t)).Accounts()
	if err := a.Create(ctx, aigul(), "password", nil, nil); err != nil {
		t.Fatal(err)
	}
	for _, login := range []proctor.Login{"aigul", "nobody"} {
		if _, _, err := a.SealedKey(ctx, login); proctor.KindOf(err) != proctor.NotFound {
			t.Error(login, err)
		}
	}
	want, pem := []byte("\x00\xffsealed"), certificate(t, 2)
	if err := a.SetKey(ctx, "admin", "aigul", want, pem); err != nil {
		t.Fatal(err)
	}
	if err := a.SetKey(ctx, "admin", "nobody", want, nil); proctor.KindOf(err) != proctor.NotFound {
		t.Error(err)
	}
	key, cert, err := a.SealedKey(ctx, "aigul")
	if !bytes.Equal(key, want) || !bytes.Equal(cert, pem) || err != nil {
		t.Error(key, cert, err)
	}
}

func TestAccountsRefused(t *testing.T) {
	a := open(t, file(t)).Accounts()
	with := func(f func(*proctor.Person)) proctor.Person {
		p := aigul()
		f(&p)
		return p
	}
	for _, c := range []struct {
		key, password string
		p             proctor.Person
	}{
		{"account_password", "жеті777", aigul()},
		{"account_password", strings.Repeat("ж", 201), aigul()},
		{"account_login", "password", with(func(p *proctor.Person) { p.Login = "" })},
		{"account_login", "password", with(func(p *proctor.Person) { p.Login = "seat:S1" })},
		{"account_login", "password", with(func(p *proctor.Person) { p.Login = "engine" })},
		{"account_login", "password", with(func(p *proctor.Person) { p.Login = "outbox" })},
		{"account_login", "password", with(func(p *proctor.Person) { p.Login = "console" })},
		{"account_login", "password", with(func(p *proctor.Person) { p.Login = "aig\nul" })},
		{"account_name", "password", with(func(p *proctor.Person) { p.Name = " " })},
		{"account_roles", "password", with(func(p *proctor.Person) { p.Roles = nil })},
		{"account_roles", "password", with(func(p *proctor.Person) { p.Roles = []proctor.Role{proctor.RoleExaminee} })},
	} {
		err := a.Create(t.Context(), c.p, c.password, nil, nil)
		var e *proctor.Error
		if !errors.As(err, &e) || e.Kind != proctor.Invalid || e.Key != c.key {
			t.Errorf("%v, want %s", err, c.key)
		}
	}
}

// TestHashingIsBounded: with every place taken a login waits, and gives up
// with its caller.
func TestHashingIsBounded(t *testing.T) {
	j := open(t, file(t))
	a := j.Accounts()
	for range runtime.GOMAXPROCS(0) {
		release, err := j.Accounts().turn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer release()
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := a.Login(ctx, "nobody", "password")
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestNobodyCostsTheSame: an unknown login is compared with a hash of the same
// parameters, which no password has.
func TestNobodyCostsTheSame(t *testing.T) {
	p, salt, key, err := argon2id.DecodeHash(nobody())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(hashing(), p); diff != "" {
		t.Error(diff)
	}
	if !bytes.Equal(salt, make([]byte, 16)) || !bytes.Equal(key, make([]byte, 32)) {
		t.Error(salt, key)
	}
}

func TestSecret(t *testing.T) {
	path := file(t)
	j := open(t, path)
	var wg sync.WaitGroup
	got := make([][]byte, 8)
	for i := range got {
		wg.Go(func() {
			var err error
			if got[i], err = j.Secret(context.Background(), "whip", 32); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	again, err := open(t, path).Secret(t.Context(), "whip", 32)
	if err != nil || len(again) != 32 {
		t.Fatal(again, err)
	}
	for _, b := range got {
		if !bytes.Equal(b, again) {
			t.Error("another secret under the same name")
		}
	}
	if other, err := j.Secret(t.Context(), "link", 32); err != nil || bytes.Equal(other, again) {
		t.Error(other, err)
	}
	if _, err := j.Secret(t.Context(), "whip", 16); err == nil {
		t.Error("a secret of another length was given")
	}
}

func TestSessionStore(t *testing.T) {
	path := file(t)
	j := open(t, path)
	s := j.SessionStore()
	commit := func(token, data string, expiry time.Time) {
		t.Helper()
		if err := s.Commit(token, []byte(data), expiry); err != nil {
			t.Fatal(err)
		}
	}
	find := func(token, want string) {
		t.Helper()
		b, found, err := s.Find(token)
		if err != nil || found != (want != "") || string(b) != want {
			t.Errorf("%s: %q, %v, %v; want %q", token, b, found, err, want)
		}
	}
	commit("gone", "x", time.Now().Add(-time.Second))
	find("gone", "")
	commit("T", "one", time.Now().Add(time.Hour))
	commit("T", "two\x00", time.Now().Add(time.Hour))
	commit("gone", "x", time.Now().Add(-time.Second))
	find("T", "two\x00")
	s = open(t, path).SessionStore()
	find("T", "two\x00")
	var rows, plain int
	q := `SELECT COUNT(*), COUNT(CASE token WHEN 'T' THEN 1 END) FROM session`
	if err := j.reader.QueryRow(q).Scan(&rows, &plain); err != nil || rows != 1 || plain != 0 {
		t.Errorf("%d sessions kept, %d by plain token, %v; want 1, 0", rows, plain, err)
	}
	for range 2 {
		if err := s.Delete("T"); err != nil {
			t.Error(err)
		}
	}
	find("T", "")
}

// TestLoginSurvivesRestart runs the store under scs itself.
func TestLoginSurvivesRestart(t *testing.T) {
	path := file(t)
	serve := func(cookies []*http.Cookie) []*http.Cookie {
		t.Helper()
		j, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		m := scs.New()
		m.Store = j.SessionStore()
		m.ErrorFunc = func(_ http.ResponseWriter, _ *http.Request, err error) { t.Error(err) }
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/", nil)
		for _, c := range cookies {
			r.AddCookie(c)
		}
		m.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if len(cookies) == 0 {
				m.Put(r.Context(), "login", "aigul")
			} else if got := m.GetString(r.Context(), "login"); got != "aigul" {
				t.Errorf("logged in as %q", got)
			}
		})).ServeHTTP(w, r)
		return w.Result().Cookies()
	}
	serve(serve(nil))
}

func TestIIN(t *testing.T) {
	ctx := t.Context()
	path := file(t)
	a := open(t, path).Accounts()
	if err := a.Create(ctx, aigul(), "password", nil, nil); err != nil {
		t.Fatal(err)
	}
	if n, err := a.IIN(ctx, "aigul"); n != "" || err != nil {
		t.Error(n, err)
	}
	if err := a.SetIIN(ctx, "admin", "aigul", "900101300018"); proctor.KindOf(err) != proctor.Invalid {
		t.Error("a wrong control digit:", err)
	}
	if err := a.SetIIN(ctx, "admin", "nobody", "900101300017"); proctor.KindOf(err) != proctor.NotFound {
		t.Error(err)
	}
	if _, err := a.IIN(ctx, "nobody"); proctor.KindOf(err) != proctor.NotFound {
		t.Error(err)
	}
	if err := a.SetIIN(ctx, "admin", "aigul", "900101300017"); err != nil {
		t.Fatal(err)
	}
	if n, err := open(t, path).Accounts().IIN(ctx, "aigul"); n != "900101300017" || err != nil {
		t.Error(n, err)
	}
}
