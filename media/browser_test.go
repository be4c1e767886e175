package media

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// inBrowser plays url in a plain <video> and, if it is not "", as kind through
// Media Source Extensions, and says what came of it.
const inBrowser = `(async (url, kind) => {
  const video = document.createElement("video");
  document.body.append(video);
  video.muted = true;
  const happens = (what) => new Promise((ok, no) => {
    video.addEventListener(what, ok, { once: true });
    video.addEventListener("error", () => no(new Error(video.error.message)), { once: true });
  });
  let ends = 0;
  const loaded = happens("loadeddata");
  if (kind) {
    const source = new MediaSource();
    video.src = URL.createObjectURL(source);
    await new Promise((ok) => source.addEventListener("sourceopen", ok, { once: true }));
    const buffer = source.addSourceBuffer(kind);
    const data = await (await fetch(url)).arrayBuffer();
    buffer.appendBuffer(data);
    await Promise.race([new Promise((ok) => buffer.addEventListener("updateend", ok, { once: true })), happens("never")]);
    if (buffer.buffered.length !== 1) throw new Error(buffer.buffered.length + " stretches are buffered");
    ends = buffer.buffered.end(0);
    source.endOfStream();
  } else {
    video.src = url;
  }
  await loaded;
  const sought = happens("seeked");
  video.currentTime = 2.5;
  await sought;
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.drawImage(video, 0, 0, 16, 16, 0, 0, 16, 16);
  return { width: video.videoWidth, height: video.videoHeight, duration: kind ? ends : Number.isFinite(video.duration) ? video.duration : 0, at: video.currentTime, ready: video.readyState };
})`

type shown struct {
	Width, Height, Ready int
	Duration, At         float64
}

// newChromium starts a browser on a page that serves films.
func newChromium(t *testing.T, films map[string][]byte, kinds map[string]string) (context.Context, string) {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("chromium is not installed")
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		film, found := films[strings.TrimPrefix(r.URL.Path, "/")]
		if !found {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<!doctype html><title>films</title>")
			return
		}
		w.Header().Set("Content-Type", kinds[strings.TrimPrefix(r.URL.Path, "/")])
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(film))
	}))
	t.Cleanup(web.Close)
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("mute-audio", true))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate(web.URL+"/")); err != nil {
		t.Fatalf("start chromium: %v", err)
	}
	return ctx, web.URL
}

// growing is a recording as it is while it is written: no index, no length.
func (e encoding) growing(t *testing.T) []byte {
	t.Helper()
	var w *webmWriter
	start, sound := time.Unix(1_800_000_000, 0), int64(0)
	a := newAssembler(e.codec, func(f frame) {
		if w == nil {
			w = newWebM(trackInfo{codec: e.codec, setup: f.setup, audio: true}, start)
		}
		ms := f.at.Sub(start).Milliseconds()
		for ; sound <= ms; sound += 20 {
			w.add(audioTrack, sound, true, []byte{0xf8, 0xff, 0xfe})
		}
		w.add(videoTrack, ms, f.key, f.data)
	})
	e.wire(e.encode(t, "4", "322x242"), start, func(p packet) { a.push(p, 0) })
	return w.pending
}

// TestChromiumPlaysEveryCodec plays sealed recordings, and through Media
// Source Extensions (which know no Matroska) the bytes as they are, in a real browser.
func TestChromiumPlaysEveryCodec(t *testing.T) {
	films, kinds, mse := map[string][]byte{}, map[string]string{}, map[string]string{}
	for _, e := range encodings {
		r, segments := e.record(t, e.encode(t, "4", "322x242"))
		films[e.codec], kinds[e.codec] = segmentData(t, r, segments[0]), ContentType(segments[0].Codecs)
		if e.codec != "h264" {
			mse[e.codec] = fmt.Sprintf(`video/webm; codecs=%q`, segments[0].Codecs)
		}
	}
	r, g, _ := recordLate(t, encodings[0].encode(t, "4", "322x242"))
	films["late"], kinds["late"], mse["late"] = segmentData(t, r, g), ContentType(g.Codecs), mse["vp8"]
	for _, e := range encodings {
		film := e.codec + " growing"
		films[film], kinds[film], mse[film] = e.growing(t), kinds[e.codec], mse[e.codec]
	}
	ctx, url := newChromium(t, films, kinds)
	for film := range films {
		for _, kind := range slices.Compact([]string{"", mse[film]}) {
			got, err := chromedp.Run(ctx, chromedp.Evaluate[shown](fmt.Sprintf("%s(%q, %q)", inBrowser, url+"/"+strings.ReplaceAll(film, " ", "%20"), kind), chromedp.EvalAwaitPromise))
			if err != nil {
				t.Errorf("%s %q: %v", film, kind, err)
				continue
			}
			if got.Width != 322 || got.Height != 242 || got.Ready < 2 || got.At != 2.5 ||
				got.Duration != 0 && (got.Duration < 3.9 || got.Duration > 4.1) || got.Duration == 0 && !strings.HasSuffix(film, "growing") {
				t.Errorf("%s %q: %+v", film, kind, got)
			}
		}
	}
}
