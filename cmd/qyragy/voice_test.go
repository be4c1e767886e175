package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"qyragy/proctor"
	"qyragy/web"
)

// voiceFilm makes a microphone's film: a fan 6 s, clicks of a keyboard 4 s,
// somebody speaks 12 s, silence.
func voiceFilm(t *testing.T) string {
	t.Helper()
	const words = "The capital of the country was moved in nineteen ninety seven. I think that the second answer is wrong, " +
		"look at the table again. Now write down the number of the formula that we had on Monday and turn the page."
	out := filepath.Join(t.TempDir(), "voice.wav")
	run(t, nil, "ffmpeg", "-v", "error", "-y",
		"-f", "lavfi", "-i", "anoisesrc=d=6:c=pink:a=0.02:r=48000:seed=7",
		"-f", "lavfi", "-i", "aevalsrc='0.4*(2*random(0)-1)*exp(-90*mod(t,0.23))':d=4:s=48000",
		"-f", "lavfi", "-i", "flite=voice=slt:text='"+words+"'",
		"-filter_complex", "[2]aresample=48000,atrim=duration=12[s];anullsrc=r=48000:cl=mono,atrim=duration=60[q];[0][1][s][q]concat=n=4:v=0:a=1",
		"-ac", "1", out)
	return out
}

// publishScript publishes one camera and microphone to several seats, with the
// constraints of the examinee's page.
const publishScript = `(async (seats) => {
	window.pcs = [];
	const stream = await navigator.mediaDevices.getUserMedia({video: {width: 640, height: 480, frameRate: 15}, audio: true});
	window.began = Date.now();
	await Promise.all(seats.map(async ([url, token]) => {
		const pc = new RTCPeerConnection();
		window.pcs.push(pc);
		for (const track of stream.getTracks()) pc.addTransceiver(track, {direction: 'sendonly', streams: [stream]});
		await pc.setLocalDescription(await pc.createOffer());
		const r = await fetch(url, {method: 'POST', body: pc.localDescription.sdp,
			headers: {'Content-Type': 'application/sdp', 'Authorization': 'Bearer ' + token}});
		if (!r.ok) throw new Error(r.status + ' ' + await r.text());
		await pc.setRemoteDescription({type: 'answer', sdp: await r.text()});
	}));
	return window.began;
})`

// TestVoice has a browser publish a room in which nobody speaks, then somebody
// does: warned of, then a candidate, which ends; none of a seat whose
// accommodation says that speech is no matter.
func TestVoice(t *testing.T) {
	if testing.Short() {
		t.Skip("plays half a minute of sound")
	}
	camera, sound := film(t), voiceFilm(t) // before the server: its store changes the working directory
	s := startServer(t, 1)
	heard := s.demo.Seats[0].ID
	var exam proctor.ExamID
	_ = s.engine.ViewSeat(heard, func(st *proctor.State, _ *proctor.Seat) { exam = st.Exam.ID })
	deaf, _, err := s.engine.AssignSeat(t.Context(), proctor.ActorDemo, exam, demoExaminee(1),
		proctor.Accommodation{Off: []proctor.Cause{proctor.CauseVoice}, Note: "reads aloud"})
	if err != nil {
		t.Fatal(err)
	}
	room := newBrowser(t, "room", camera, chromedp.Flag("use-file-for-fake-audio-capture", sound))
	room.open(s.base + "/login")
	tokens := web.NewTokens(s.secret, time.Now)
	args := ""
	for _, seat := range []proctor.SeatID{heard, deaf} {
		args += `["` + s.base + "/whip/" + string(seat) + `","` + tokens.Issue(seat, true, time.Hour) + `"],`
	}
	began := broadcast(room, publishScript+"(["+args+"])")

	await(t, "a candidate of the speech", 40*time.Second, func() bool { return len(voices(s, heard)) > 0 })
	found := time.Now()
	await(t, "its end", 30*time.Second, func() bool { return !voices(s, heard)[0].Closed.IsZero() })
	i := voices(s, heard)[0]
	t.Logf("the speech begins 10 s after the microphone; warned after %s, candidate told after %s, seen from %s to %s; %s",
		i.Warned.Sub(began), found.Sub(began), i.Opened.Sub(began), i.Closed.Sub(began), i.Peak.Detail)
	t.Logf("of %s the detector heard %+v", time.Since(began), s.listener.Stats())
	if i.Opened.Sub(began) < 8*time.Second {
		t.Error("noise or clicks count as speech")
	}
	if i.Warned.IsZero() || i.Warned.Before(i.Opened) || len(voices(s, heard)) != 1 {
		t.Errorf("%d candidates, the first warned of at %s", len(voices(s, heard)), i.Warned)
	}
	if len(voices(s, deaf)) != 0 || warned(s, deaf) {
		t.Error("speech was raised where an accommodation allows it")
	}
}

// broadcast runs a script that returns when the camera began.
func broadcast(p *person, script string) time.Time {
	p.t.Helper()
	ms, err := chromedp.Run(p.ctx, chromedp.Evaluate[int64](script, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("publish: %v", err)
	}
	return time.UnixMilli(ms)
}

func voices(s *server, seat proctor.SeatID) (out []proctor.Incident) {
	for _, i := range incidentsOf(s, seat) {
		if i.Cause == proctor.CauseVoice {
			out = append(out, i)
		}
	}
	return out
}

func warned(s *server, seat proctor.SeatID) (yes bool) {
	_ = s.engine.ViewSeat(seat, func(_ *proctor.State, at *proctor.Seat) {
		for _, w := range at.Warnings {
			yes = yes || w.Cause == proctor.CauseVoice
		}
	})
	return yes
}
