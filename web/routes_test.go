package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"qyragy/proctor"
)

// visitor is who makes a request in the matrix.
type visitor struct {
	name string
	role proctor.Role // "" for nobody
	own  bool         // the examinee of the scene's seat, not of the other one
}

func visitors() []visitor {
	out := []visitor{{name: "anonymous"}, {name: "rival", role: proctor.RoleExaminee}, {name: "own", role: proctor.RoleExaminee, own: true}}
	for _, r := range proctor.StaffRoles() {
		out = append(out, visitor{name: string(r), role: r})
	}
	return out
}

func (v visitor) cookie(k *kit, sc scene) string {
	switch {
	case v.role == "":
		return ""
	case v.own:
		return sc.seatC
	case v.role == proctor.RoleExaminee:
		return sc.rival
	default:
		return k.cookie(v.role)
	}
}

// expected is the policy cell of a row and a visitor, derived from the row's
// roles alone; allowed says that the handler runs.
func expected(rt route, v visitor) (status int, allowed bool) {
	switch {
	case rt.roles == nil, v.role != "" && slices.Contains(rt.roles, v.role):
		return 0, true
	case v.role == "":
		return http.StatusUnauthorized, false
	case v.role != proctor.RoleExaminee:
		return http.StatusForbidden, false
	case strings.Contains(rt.path, "{seat}") && v.own:
		return http.StatusForbidden, false
	case strings.Contains(rt.path, "{"):
		return http.StatusNotFound, false
	default:
		return http.StatusForbidden, false
	}
}

// TestEveryRouteForEveryRole walks the whole route table as everybody.
func TestEveryRouteForEveryRole(t *testing.T) {
	k := newKit(t)
	k.cookie(proctor.RoleHead) // whom the login row signs in
	shared := k.scene()
	cells := 0
	for _, rt := range k.table {
		for _, v := range visitors() {
			cells++
			t.Run(fmt.Sprintf("%s %s as %s", rt.method, rt.path, v.name), func(t *testing.T) {
				want, allowed := expected(rt, v)
				sc := shared
				if allowed && rt.method != http.MethodGet {
					sc = k.scene() // it changes something
				}
				q, good := valid(k, rt, sc, v)
				if allowed {
					want = good
				}
				got := k.do(q)
				if got.status != want {
					t.Fatalf("status %d, want %d: %s", got.status, want, got.body)
				}
				if !allowed && got.key() == "" {
					t.Fatalf("no failure in %s", got.body)
				}
			})
		}
	}
	if want := len(k.table) * 9; cells != want {
		t.Fatalf("%d cells, want %d", cells, want)
	}
}

// TestUnknownThingsAreNotThere asks for identifiers that do not exist: every
// row that names one answers 404, and so do the traps in a path.
func TestUnknownThingsAreNotThere(t *testing.T) {
	k := newKit(t)
	sc := k.scene()
	nowhere := scene{
		exam: "nowhere", seat: "nowhere", other: "nowhere", link: "nowhere", incident: "nowhere", act: "nowhere", seatC: sc.seatC,
	}
	for _, rt := range k.table {
		if rt.roles == nil || !strings.Contains(rt.path, "{") || strings.Contains(rt.path, "{session}") {
			continue
		}
		for _, role := range rt.roles {
			q, _ := valid(k, rt, nowhere, visitor{name: string(role), role: role, own: role == proctor.RoleExaminee})
			if got := k.do(q); got.status != http.StatusNotFound || (got.key() == "" && !strings.HasPrefix(rt.path, "/whep/")) {
				t.Errorf("%s as %s: status %d %s", rt.path, role, got.status, got.body)
			}
		}
	}
	boss := k.cookie(proctor.RoleProctor)
	for _, path := range []string{
		"/api/v1/seats/" + string(sc.seat) + "/segments/1", "/api/v1/seats/" + string(sc.seat) + "/segments/-0",
		"/api/v1/seats/" + string(sc.seat) + "/segments/00", "/api/v1/seats/" + string(sc.seat) + "/segments/..%2f0",
		"/api/v1/seats/" + string(sc.seat) + "/identity/..%2fdead", "/api/v1/seats/" + string(sc.seat) + "/identity/enrolled",
		"/api/v2/me", "/api/v1/", "/assets/..%2f..%2fgo.mod", "/messages/de.json", "/messages/kk",
	} {
		if got := k.do(request{method: "GET", path: path, cookie: boss}); got.status != http.StatusNotFound {
			t.Errorf("%s: status %d", path, got.status)
		}
	}
}

// TestExamineeSeesNothingOfOthers is the answer to guessing identifiers: an
// examinee's own routes take none, so there is nothing to guess.
func TestExamineeSeesNothingOfOthers(t *testing.T) {
	k := newKit(t)
	sc := k.scene()
	mine := decode[mySeat](t, k.do(request{method: "GET", path: "/api/v1/seat", cookie: sc.rival}))
	if mine.ID != sc.other {
		t.Fatalf("seat %s, want %s", mine.ID, sc.other)
	}
	// A session that names a seat which is gone is no session.
	if got := k.do(request{method: "GET", path: "/api/v1/seat", cookie: k.seatCookie("gone")}); got.status != 401 {
		t.Fatalf("status %d", got.status)
	}
	for _, rt := range k.table {
		if slices.Contains(rt.roles, proctor.RoleExaminee) && strings.Contains(rt.path, "{") {
			t.Errorf("%s lets an examinee name something", rt.path)
		}
	}
}
