package main

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"qyragy/clips"
	"qyragy/proctor"
)

// staged is one way that a picture goes bad, staged with a real browser.
type staged struct {
	name   string
	film   string // a camera's; "honest" unless named
	script string // runs in the page before its own
	want   proctor.Cause
	warn   proctor.Cause   // of what she is warned, where nothing opens
	also   []proctor.Cause // of what she may be warned besides
	narrow bool            // her media go over a network that stage may starve
	late   bool            // there is no picture from the start
	stage  func(*stagedSeat)
	heal   func(*stagedSeat) // undoes it: the candidate must end
}

// stagedSeat is one staged examinee.
type stagedSeat struct {
	*person
	s    *server
	seat demoSeat
	net  *narrow
}

func (x *stagedSeat) run(script string) {
	x.t.Helper()
	x.do("run "+script, 20*time.Second, chromedp.Evaluate[chromedp.Void](script))
}

// permit sets the browser's permission for the camera, as a person does in the
// address bar.
func (x *stagedSeat) permit(setting browser.PermissionSetting) {
	x.t.Helper()
	origin, err := url.Parse(x.s.base)
	if err != nil {
		x.t.Fatal(err)
	}
	for _, name := range []string{"camera", "microphone"} {
		_, err := chromedp.CallBrowser(x.ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: name}, Setting: setting,
			Origin: origin.Scheme + "://" + origin.Host, BrowserContextID: chromedp.FromContext(x.ctx).BrowserContextID,
		})
		if err != nil {
			x.t.Fatal(err)
		}
	}
}

func stagedCauses() []staged {
	do := func(script string) func(*stagedSeat) { return func(x *stagedSeat) { x.run(script) } }
	return []staged{
		{name: "honest"},
		{name: "permission revoked", want: proctor.CauseBlocked,
			stage: func(x *stagedSeat) {
				x.run(`staged.fail = "NotAllowedError"`) // a browser's made-up camera needs no permission to open again
				x.permit(browser.PermissionSettingDenied)
			},
			heal: func(x *stagedSeat) {
				x.run(`staged.fail = ""`)
				x.permit(browser.PermissionSettingGranted)
			}},
		{name: "NotReadableError from the start", want: proctor.CauseBlocked, late: true,
			script: `staged.fail = "NotReadableError";`, heal: do(`staged.fail = ""`)},
		{name: "AbortError from the start", want: proctor.CauseBlocked, late: true, script: `staged.fail = "AbortError";`},
		{name: "ended, then AbortError", want: proctor.CauseBlocked,
			stage: do(`staged.end("AbortError")`), heal: do(`staged.fail = ""`)},
		{name: "unplugged", want: proctor.CauseBlocked, stage: do(`staged.end("NotFoundError")`)},
		{name: "muted", want: proctor.CauseBlocked, script: `staged.drawn = true;`,
			stage: do(`staged.mute(true)`), heal: do(`staged.mute(false)`)},
		{name: "live without frames", want: proctor.CauseBlocked, script: `staged.drawn = true;`,
			stage: do(`staged.still = true`), heal: do(`staged.still = false`)},
		{name: "vendor's picture", film: "placeholder", want: proctor.CauseBlocked,
			also: []proctor.Cause{proctor.CauseNoFace, proctor.CauseDark}}, // it is known by standing still, which takes a while
		{name: "30 kbit/s", want: proctor.CauseNetwork, narrow: true, stage: func(x *stagedSeat) { x.net.set(30_000) }},
		{name: "dead network", want: proctor.CauseNetwork, narrow: true, stage: func(x *stagedSeat) { x.net.set(0) }},
		{name: "lens covered", film: "covered", want: proctor.CauseCovered},
		{name: "dark room", film: "dark", warn: proctor.CauseDark},
		{name: "picture that stands", film: "held", want: proctor.CauseFrozen},
		{name: "empty chair", film: "empty", want: proctor.CauseNoFace},
		{name: "phone", film: "phone", want: proctor.CauseObject},
		{name: "program as a camera", want: proctor.CauseVirtual, script: `staged.label = "OBS Virtual Camera";`},
	}
}

// stagedFilms are the browsers' cameras, without those whose photographs are
// not to be had.
func stagedFilms(t *testing.T) map[string]string {
	t.Helper()
	films := map[string]string{
		"honest":      stagedFilm(t, "honest", 10, 0, nil),
		"covered":     stagedFilm(t, "covered", 9, 13, black),
		"placeholder": stagedFilm(t, "placeholder", 9, 13, clips.Placeholders()[0].Draw),
		"held":        stagedFilm(t, "held", 9, 45, held()),
		"dark":        stagedFilm(t, "dark", 0, 10, clips.DarkRooms()[1].Draw),
	}
	if phone := phoneBeside(t); phone != nil {
		films["phone"] = stagedFilm(t, "phone", 9, 13, phone)
	}
	if chair := emptyChair(t); chair != nil {
		films["empty"] = stagedFilm(t, "empty", 9, 20, chair)
	}
	return films
}

// TestCauses stages, each with a browser of its own, the causes that look alike
// or have the same remedy, and wants each to be itself and nothing else.
func TestCauses(t *testing.T) {
	if testing.Short() {
		t.Skip("plays a minute of film")
	}
	films := stagedFilms(t)
	all := slices.DeleteFunc(stagedCauses(), func(c staged) bool { return films[cmp.Or(c.film, "honest")] == "" })
	s := startServerWith(t, len(all)+1, func(c *serveCmd) {
		c.UDP, c.ICETCP, c.TURN = freeUDP(t), false, false // no way around a narrow network
	})
	browsers := map[string]*person{}
	for name, film := range films {
		browsers[name] = newBrowser(t, name, film)
	}
	matrix := &matrix{rows: map[string]string{}}
	t.Run("staged", func(t *testing.T) {
		for i, c := range all {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				c.play(t, s, s.demo.Seats[i], browsers[cmp.Or(c.film, "honest")], matrix)
			})
		}
		t.Run("warnings", func(t *testing.T) {
			t.Parallel()
			showWarnings(t, s, s.demo.Seats[len(all)], browsers["dark"])
		})
	})
	for _, c := range all {
		t.Logf("%-34s want %-9s got %s", c.name, cmp.Or(c.want, "nothing"), cmp.Or(matrix.rows[c.name], "nothing"))
	}
}

func freeUDP(t *testing.T) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().String()
}

// matrix is what came of each case.
type matrix struct {
	mu   sync.Mutex
	rows map[string]string
}

func (m *matrix) note(name, got string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows[name] = got
}

func (c staged) play(t *testing.T, s *server, seat demoSeat, b *person, m *matrix) {
	x := &stagedSeat{b.tab(t, strings.NewReplacer(" ", "-", "/", "-").Replace(c.name)), s, seat, nil}
	script := cameraScript
	if c.narrow {
		x.net = newNarrow(t, s.cfg.UDP)
		script += x.net.through()
	}
	if _, err := chromedp.Call(x.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script + c.script}); err != nil {
		t.Fatal(err)
	}
	admit(t, s, seat.ID)
	x.open(seat.ExamineeURL)
	x.see("exam-recording", 40*time.Second)
	if !c.late {
		x.isRecording(40 * time.Second)
		awaitPicture(t, s, seat.ID)
		time.Sleep(3 * time.Second) // honest seconds
	}
	began := time.Now()
	if c.stage != nil {
		c.stage(x)
	}
	c.await(x)
	time.Sleep(7 * time.Second) // for what else may come of it
	got := opened(s, seat.ID)
	m.note(c.name, got)
	if got != string(c.want) {
		t.Errorf("it opened %q, want %q", got, c.want)
	}
	c.check(x, began)
	if c.heal != nil {
		c.heal(x)
		await(t, "the end of the candidate", 30*time.Second, func() bool {
			return !slices.ContainsFunc(incidentsOf(s, seat.ID), func(i proctor.Incident) bool { return i.State == proctor.IncidentOpen })
		})
	}
}

// await waits for what is to come.
func (c staged) await(x *stagedSeat) {
	x.t.Helper()
	switch cause := cmp.Or(c.want, c.warn); cause {
	case "":
	case c.want:
		await(x.t, fmt.Sprintf("a candidate %s", cause), 40*time.Second, func() bool {
			return slices.ContainsFunc(incidentsOf(x.s, x.seat.ID), func(i proctor.Incident) bool { return i.Cause == cause })
		})
	default:
		await(x.t, fmt.Sprintf("a warning of %s", cause), 40*time.Second, func() bool { return slices.Contains(warnings(x.s, x.seat.ID), cause) })
	}
}

// check looks at what the candidate says and what the examinee sees.
func (c staged) check(x *stagedSeat, began time.Time) {
	x.t.Helper()
	for _, i := range incidentsOf(x.s, x.seat.ID) {
		x.t.Logf("%s after %s: %s, client %q, network %+v", i.Cause, i.Opened.Sub(began).Round(100*time.Millisecond), i.Peak.Detail, i.Client, i.Network)
		if i.Fault != (c.want == proctor.CauseBlocked || c.want == proctor.CauseNetwork) || i.Warned.IsZero() {
			x.t.Errorf("%s: fault %v, warned at %v", i.Cause, i.Fault, i.Warned)
		}
	}
	for _, w := range warnings(x.s, x.seat.ID) {
		if w != cmp.Or(c.want, c.warn) && !slices.Contains(c.also, w) {
			x.t.Errorf("she was warned of %s", w)
		}
	}
	x.shot("trouble")
}

func warnings(s *server, seat proctor.SeatID) (out []proctor.Cause) {
	_ = s.engine.ViewSeat(seat, func(_ *proctor.State, at *proctor.Seat) {
		for _, w := range at.Warnings {
			out = append(out, w.Cause)
		}
	})
	return out
}

// opened are the causes of a seat's candidates, without repetition.
func opened(s *server, seat proctor.SeatID) string {
	var causes []string
	for _, i := range incidentsOf(s, seat) {
		causes = append(causes, string(i.Cause))
	}
	slices.Sort(causes)
	return strings.Join(slices.Compact(causes), "+")
}

// showWarnings has an examinee see the warning of each cause that no camera
// here stages, in her language, with what to do.
func showWarnings(t *testing.T, s *server, seat demoSeat, b *person) {
	x := b.tab(t, "warning")
	if _, err := chromedp.Call(x.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: cameraScript + `staged.fail = "NotFoundError"`, // looks are the test's alone
	}); err != nil {
		t.Fatal(err)
	}
	admit(t, s, seat.ID)
	x.open(seat.ExamineeURL)
	x.see("exam-recording", 40*time.Second)
	at := time.Now()
	says := kazakh(x, s.base)
	for _, cause := range []proctor.Cause{proctor.CauseIdentity, proctor.CauseObject, proctor.CauseAway, proctor.CauseNoFace} {
		at = at.Add(time.Minute)
		for end := at.Add(proctor.DefaultPolicy().Rules[cause].Warn + time.Second); at.Before(end); at = at.Add(time.Second) {
			look := proctor.Look{Seat: seat.ID, At: at, Faces: []proctor.Box{{}}, Observations: []proctor.Observation{{Cause: cause, Score: 0.9}}}
			if err := s.engine.Look(t.Context(), look); err != nil {
				t.Fatal(err)
			}
		}
		x.ask("see why she is warned of "+string(cause), fmt.Sprintf(
			`(() => { const w = document.querySelector('[data-testid="warning"][data-cause="%s"]');
			return !!w && w.querySelector("strong").textContent === %q && w.querySelector("strong + div").textContent === %q; })()`,
			cause, says["warning."+string(cause)], says["warning_todo."+string(cause)]), 20*time.Second)
		x.shot(string(cause))
	}
}

// kazakh is what the pages say in Kazakh, by key.
func kazakh(x *person, base string) map[string]string {
	return evaluated[map[string]string](x, "fetch the sentences", fmt.Sprintf(`fetch("%s/messages/kk.json").then((r) => r.json())`, base))
}
