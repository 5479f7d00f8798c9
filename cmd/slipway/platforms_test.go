package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/go/packages"
)

// platformsEnv lists the platforms that TestPlatforms checks, as linux/arm64.
const platformsEnv = "SLIPWAY_PLATFORMS"

// TestPlatforms checks the types of the program, of its tests and of all that they import for each platform. It reads
// sources, which takes seconds where compiling for another platform takes minutes.
func TestPlatforms(t *testing.T) {
	platforms := strings.Fields(os.Getenv(platformsEnv))
	if len(platforms) == 0 {
		t.Skip("make cross runs it: " + platformsEnv + " is not set")
	}
	for _, platform := range platforms {
		system, machine, _ := strings.Cut(platform, "/")
		begin := time.Now()
		loaded, err := packages.Load(&packages.Config{
			Mode: packages.LoadAllSyntax, Tests: true, Dir: "../..",
			Env: append(os.Environ(), "GOOS="+system, "GOARCH="+machine, "CGO_ENABLED=0"),
		}, "./...")
		if err != nil {
			t.Fatalf("%s: %v", platform, err)
		}
		n, whole := 0, false
		for p := range packages.Postorder(loaded) {
			n++
			whole = whole || p.Name == "main" && strings.HasSuffix(p.PkgPath, "/cmd/slipway")
			for _, e := range p.Errors {
				t.Errorf("%s: %v", platform, e)
			}
		}
		if !whole {
			t.Errorf("%s: the program is not among %d packages", platform, n)
		}
		t.Logf("%s: %d packages in %.1f s", platform, n, time.Since(begin).Seconds())
	}
}
