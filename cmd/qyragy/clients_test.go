package main

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/evanw/esbuild/pkg/api"

	"qyragy/proctor"
)

// TestAnotherClientPublishes has a WHIP library that knows nothing of us send
// a browser's camera, and measures what a viewer of it waits for.
func TestAnotherClientPublishes(t *testing.T) {
	if testing.Short() {
		t.Skip("plays film")
	}
	camera := film(t)
	bundle := api.Build(api.BuildOptions{
		Stdin: &api.StdinOptions{Contents: `import { WHIPClient } from "@eyevinn/whip-web-client"; window.WHIPClient = WHIPClient;`,
			ResolveDir: "../../web/ui"},
		Bundle: true, Format: api.FormatIIFE,
	})
	if len(bundle.Errors) > 0 {
		t.Fatalf("bundle the client (npm ci): %v", bundle.Errors[0].Text)
	}
	s := startServer(t, 1)
	seat := s.demo.Seats[0]
	publisher := newBrowser(t, "publisher", camera)
	publisher.open(s.base + "/")
	publisher.do("load the library", 10*time.Second, chromedp.Evaluate[chromedp.Void](string(bundle.OutputFiles[0].Contents)))
	publisher.do("publish", 20*time.Second, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(async () => {
		const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480, frameRate: 15 }, audio: true });
		window.client = new WHIPClient({ endpoint: %q, opts: { authkey: %q, iceServers: [] } });
		await client.ingest(stream);
	})()`, s.base+"/whip/"+string(seat.ID), seat.WHIPToken), chromedp.EvalAwaitPromise))
	publisher.ask("be connected", `client.peer?.connectionState === "connected"`, 20*time.Second)
	time.Sleep(5 * time.Second)
	t.Logf("sends %d kbit/s five seconds after it connected", int(number(publisher, `(async () => {
		const sent = async () => { let n = 0; (await client.peer.getStats()).forEach((s) => { if (s.type === "outbound-rtp" && s.kind === "video") n = s.bytesSent }); return n };
		const before = await sent(); await new Promise((r) => setTimeout(r, 2000)); return ((await sent()) - before) * 8 / 2000;
	})()`)))

	staff := newBrowser(t, "proctor", "")
	staff.login(s.base, "proctor")
	for range 3 {
		wait := number(staff, fmt.Sprintf(watchScript, seat.ID))
		t.Logf("a viewer's first picture: %.0f ms after the transport was up", wait)
	}

	joins := numbers(publisher, fmt.Sprintf(joinScript, seat.ID, seat.WHIPToken))
	slices.Sort(joins)
	if len(joins) != joinCount || joins[0] < 0 {
		t.Fatalf("joins: %v", joins)
	}
	t.Logf("%d joins, from the offer to a transport that is up: p50 %.0f ms, p95 %.0f ms, max %.0f ms",
		len(joins), joins[len(joins)/2], joins[len(joins)*95/100], joins[len(joins)-1])

	publisher.do("leave", 10*time.Second, chromedp.Evaluate[chromedp.Void](`client.destroy()`, chromedp.EvalAwaitPromise))
	await(t, "the recording is sealed", 20*time.Second, func() bool { return len(segmentsOf(t, s, seat.ID)) > 0 })
	segments := segmentsOf(t, s, seat.ID)
	frames := 0
	for _, g := range segments {
		frames += g.Frames
	}
	if frames < 60 || segments[0].Width != 640 {
		t.Errorf("recorded: %+v", segments)
	}
}

// watchScript watches a seat over WHEP and returns how long the first decoded
// picture took from the moment that the transport was up, ms.
const watchScript = `(async () => {
	const pc = new RTCPeerConnection();
	pc.addTransceiver("video", { direction: "recvonly" });
	pc.addTransceiver("audio", { direction: "recvonly" });
	const video = document.createElement("video");
	video.muted = true;
	document.body.append(video);
	pc.ontrack = (e) => { if (e.track.kind === "video") { video.srcObject = new MediaStream([e.track]); video.play() } };
	let up = 0;
	pc.onconnectionstatechange = () => { if (pc.connectionState === "connected") up = performance.now() };
	const shown = new Promise((r) => { video.requestVideoFrameCallback(() => r(performance.now())); setTimeout(() => r(-1), 20000) });
	await pc.setLocalDescription(await pc.createOffer());
	const answer = await fetch("/whep/%s", { method: "POST", headers: { "Content-Type": "application/sdp" }, body: pc.localDescription.sdp });
	await pc.setRemoteDescription({ type: "answer", sdp: await answer.text() });
	const at = await shown;
	if (at < 0) throw new Error("no picture came: " + pc.iceConnectionState + ", " + pc.connectionState + ", " + document.visibilityState + ", " +
		JSON.stringify([...(await pc.getStats()).values()].filter((s) => s.type === "inbound-rtp" || s.type === "candidate-pair")));
	await fetch(answer.headers.get("Location"), { method: "DELETE" });
	pc.close();
	return at - up;
})()`

// joinCount is how often joinScript joins.
const joinCount = 20

// joinScript publishes to a seat again and again, and returns how long each
// took from the offer to a transport that is up, ms.
const joinScript = `(async () => {
	const [url, token] = ["/whip/%s", "%s"];
	const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480, frameRate: 15 }, audio: true });
	const out = [];
	for (let i = 0; i < 20; i++) {
		const pc = new RTCPeerConnection();
		for (const track of stream.getTracks()) pc.addTransceiver(track, { direction: "sendonly" });
		const up = new Promise((r) => { pc.onconnectionstatechange = () => pc.connectionState === "connected" && r(performance.now()); setTimeout(() => r(-1), 8000) });
		const began = performance.now();
		await pc.setLocalDescription(await pc.createOffer());
		const answer = await fetch(url, { method: "POST", headers: { "Content-Type": "application/sdp", Authorization: "Bearer " + token }, body: pc.localDescription.sdp });
		await pc.setRemoteDescription({ type: "answer", sdp: await answer.text() });
		const at = await up;
		out.push(at < 0 ? -1 : at - began);
		pc.close();
	}
	return out;
})()`

func numbers(p *person, script string) []float64 {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 60*time.Second)
	defer cancel()
	all, err := chromedp.Run(ctx, chromedp.Evaluate[[]float64](script, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("ask %s's page: %v", p.name, err)
	}
	return all
}

// number evaluates a script that becomes a number.
func number(p *person, script string) float64 {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 30*time.Second)
	defer cancel()
	n, err := chromedp.Run(ctx, chromedp.Evaluate[float64](script, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("ask %s's page: %v", p.name, err)
	}
	return n
}

func segmentsOf(t *testing.T, s *server, id proctor.SeatID) (out []proctor.StoredSegment) {
	t.Helper()
	if err := s.engine.ViewSeat(id, func(_ *proctor.State, seat *proctor.Seat) { out = append(out, seat.Segments...) }); err != nil {
		t.Fatal(err)
	}
	return out
}
