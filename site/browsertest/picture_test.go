package browsertest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// pictured is the task whose check the pictures show. What it says of the wrong solution is short.
const pictured = "x10"

// TestPictures takes the pictures of a check that the home page shows, if SLIPWAY_PICTURES names the folder
// that takes them: make pictures.
func TestPictures(t *testing.T) {
	folder := os.Getenv("SLIPWAY_PICTURES")
	if folder == "" {
		t.Skip("pictures are taken by make pictures only")
	}
	set, err := readSettings(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{settings: set, browser: startBrowser(t, set.chromium)}
	program := s.program(t)
	s.base, _ = program.serve(anyPort)
	program.run([]int{0}, "start", pictured)
	program.apply(pictured, readChange(t, filepath.Join(s.root, "exercises/catalog/x10-one-line/wrong/zip-instead.txtar")))
	tb := s.tab(t)
	tb.open("en/" + pictured + ".html")
	tb.press()
	call(tb, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 620, Height: 1200, DeviceScaleFactor: 2})
	for _, theme := range []string{"light", "dark"} {
		tb.theme(theme)
		if err := os.WriteFile(filepath.Join(folder, "check-"+theme+".webp"), tb.pictureOf("#check"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// pictureOf is the picture of an element.
func (tb *tab) pictureOf(selector string) []byte {
	tb.t.Helper()
	box := eval[page.Viewport](tb, fmt.Sprintf(`(() => {
		const box = document.querySelector(%q).getBoundingClientRect();
		return { x: box.x + scrollX, y: box.y + scrollY, width: box.width, height: box.height, scale: 1 };
	})()`, selector))
	shot, err := chromedp.Call(tb.ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatWebp, Quality: new(int64(85)), Clip: &box, CaptureBeyondViewport: new(true),
	})
	if err != nil {
		tb.t.Fatal(err)
	}
	return shot.Data
}
