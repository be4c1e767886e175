package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// person is somebody at a browser of her own.
type person struct {
	t    *testing.T
	ctx  context.Context
	name string
}

// newBrowser starts a Chromium, with a film as its camera if there is one, and
// further flags.
func newBrowser(t *testing.T, name, film string, more ...chromedp.ExecAllocatorOption) *person {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1360, 940),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("mute-audio", true), chromedp.Flag("lang", "kk"),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
		chromedp.Flag("allow-loopback-in-peer-connection", true),
	)
	if film != "" {
		opts = append(opts,
			chromedp.Flag("use-fake-ui-for-media-stream", true),
			chromedp.Flag("use-fake-device-for-media-stream", true),
			chromedp.Flag("use-file-for-fake-video-capture", film),
		)
	}
	allocated, cancel := chromedp.NewExecAllocator(t.Context(), append(opts, more...)...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(cancel)
	p := &person{t, ctx, name}
	p.start()
	return p
}

// another is a further person at the same Chromium, with cookies of her own.
func (p *person) another(name string) *person {
	p.t.Helper()
	return p.tab(p.t, name)
}

// tab is another in a part of the test, and ends with it.
func (p *person) tab(t *testing.T, name string) *person {
	t.Helper()
	ctx, cancel := chromedp.NewContext(p.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	q := &person{t, ctx, name}
	q.start()
	return q
}

// start opens the page. The browser lives as long as the context of this
// first call, so it has no limit of its own.
func (p *person) start() {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, chromedp.EmulateViewport(1360, 940)); err != nil {
		p.t.Fatalf("start %s's browser: %v", p.name, err)
	}
}

// do runs actions within a limit that only a broken page exceeds.
func (p *person) do(what string, limit time.Duration, actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, limit)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.shot("failed")
		p.t.Fatalf("%s could not %s: %v", p.name, what, err)
	}
}

// id selects an element by its test id.
func id(name string) string { return `[data-testid="` + name + `"]` }

func (p *person) open(url string) {
	p.t.Helper()
	p.do("open "+url, 30*time.Second, chromedp.Navigate(url))
}

func (p *person) see(name string, limit time.Duration) {
	p.t.Helper()
	p.do("see "+name, limit, chromedp.WaitVisible(chromedp.CSS(id(name))))
}

func (p *person) click(name string) { p.t.Helper(); p.clickOn(id(name)) }

// clickOn clicks on what has come to rest: a page that is still being filled
// would move it from under the pointer.
func (p *person) clickOn(selector string) {
	p.t.Helper()
	p.ask("find "+selector+" at rest", fmt.Sprintf(`(() => {
		const box = document.querySelector(%q)?.getBoundingClientRect(), now = box && [box.x, box.y, box.width, box.height].join();
		const rests = !!now && now === window.atRest;
		window.atRest = now;
		return rests;
	})()`, selector), 30*time.Second)
	p.do("click "+selector, 30*time.Second,
		chromedp.WaitVisible(chromedp.CSS(selector)), chromedp.WaitEnabled(chromedp.CSS(selector)),
		chromedp.Click(chromedp.CSS(selector)))
}

func (p *person) write(name, text string) {
	p.t.Helper()
	p.do("write into "+name, 30*time.Second, chromedp.SendKeys(chromedp.CSS(id(name)), text))
}

// ask evaluates a script that must become true. A page that is replaced by
// another meanwhile is asked again.
func (p *person) ask(what, script string, limit time.Duration) {
	p.t.Helper()
	poll := chromedp.Poll[chromedp.Void](script, chromedp.WithPollingInterval(200*time.Millisecond), chromedp.WithPollingTimeout(limit))
	p.do(what, limit, func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		for {
			out, err := poll(ctx, t)
			if err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), "Cannot find context") && !strings.Contains(err.Error(), "context was destroyed") {
				return out, err
			}
			time.Sleep(50 * time.Millisecond)
		}
	})
}

// login signs a member of staff in.
func (p *person) login(base, login string) {
	p.t.Helper()
	p.open(base + "/login")
	p.write("login-name", login)
	p.write("login-password", demoPassword)
	p.click("login-submit")
	p.see("logout", 20*time.Second)
}

// shot keeps a picture of the page where QYRAGY_SHOTS names a directory.
func (p *person) shot(name string) {
	p.t.Helper()
	dir := os.Getenv("QYRAGY_SHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, 20*time.Second)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Logf("no picture of %s's page: %v", p.name, err)
		return
	}
	if err := os.WriteFile(filepath.Join(dir, p.name+"-"+name+".png"), png, 0o644); err != nil {
		p.t.Log(err)
	}
}
