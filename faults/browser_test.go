package faults_test

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// sitter is an examinee at a browser of her own, in an exam.
type sitter struct {
	t   *testing.T
	b   *bed
	ctx context.Context
}

func (x *sitter) do(what string, limit time.Duration, actions ...chromedp.Action[chromedp.Void]) {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.ctx, limit)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		x.t.Fatalf("she could not %s: %v", what, err)
	}
}

func (x *sitter) see(name string, limit time.Duration) {
	x.t.Helper()
	x.do("see "+name, limit, chromedp.WaitVisible(id(name)))
}

// id is an element by its data-testid.
func id(name string) chromedp.CSS { return chromedp.CSS(`[data-testid="` + name + `"]`) }

// recorded waits until the page says that the server records, and says when.
func (x *sitter) recorded(limit time.Duration) time.Time {
	x.t.Helper()
	const script = `document.querySelector('[data-testid="exam-recording"]')?.dataset.recording === "true"`
	x.do("be recorded", limit, chromedp.Poll[chromedp.Void](script, chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(limit)))
	return time.Now()
}

// browser starts a Chromium with a made-up camera.
func browser(t *testing.T, b *bed, more ...chromedp.ExecAllocatorOption) *sitter {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("mute-audio", true), chromedp.Flag("lang", "kk"),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("use-fake-ui-for-media-stream", true), chromedp.Flag("use-fake-device-for-media-stream", true))
	allocated, cancel := chromedp.NewExecAllocator(t.Context(), append(opts, more...)...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return &sitter{t, b, ctx}
}

// enter opens a seat's link with a script running in its page, consents and
// passes the device check.
func (x *sitter) enter(url, script string, limit time.Duration) {
	x.t.Helper()
	if _, err := chromedp.Call(x.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script}); err != nil {
		x.t.Fatal(err)
	}
	x.do("open the link", limit, chromedp.Navigate(url), chromedp.WaitVisible(id("consent-check")))
	x.do("consent", limit, chromedp.Click(id("consent-check")), chromedp.WaitEnabled(id("consent-accept")), chromedp.Click(id("consent-accept")))
	x.do("pass the device check", limit, chromedp.WaitVisible(id("check-continue")), chromedp.WaitEnabled(id("check-continue")), chromedp.Click(id("check-continue")))
}

// sit admits the first seat and opens its page.
func sit(t *testing.T, b *bed, more ...chromedp.ExecAllocatorOption) *sitter {
	t.Helper()
	machine := b.publish(t) // a machine's token admits
	b.recording(t)
	stop(t, machine)
	x := browser(t, b, append(more, chromedp.Flag("allow-loopback-in-peer-connection", true))...)
	if err := chromedp.Listen(x.ctx, func(ev any) {
		if _, ok := ev.(*page.EventJavascriptDialogOpening); ok { // she does want to leave
			go func() {
				_, _ = chromedp.Call(x.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
			}()
		}
	}); err != nil {
		t.Fatal(err)
	}
	x.do("open her link", 30*time.Second, chromedp.Navigate(demoSeats(t, b.data)[0].ExamineeURL))
	x.recorded(30 * time.Second)
	return x
}
