package world_test

import (
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/world"
)

// BenchmarkStart measures what a check pays for its world: reading the course's modules, which a
// program does once, and starting a world until it answers with the checksum database filled.
func BenchmarkStart(b *testing.B) {
	const rounds = 20
	for range b.N {
		begin := time.Now()
		lib, err := world.LoadLibrary(os.DirFS("modules"))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(begin).Seconds()*1000, "ms/library")
		begin = time.Now()
		for range rounds {
			w, err := world.Start(lib, world.Config{}, "", b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			resp, err := client(b, w).Get(w.URL() + "/sumdb/sum.slipway.test/latest")
			if err != nil || resp.StatusCode != http.StatusOK {
				b.Fatalf("%v %v", resp, err)
			}
			resp.Body.Close()
			w.Close()
		}
		b.ReportMetric(time.Since(begin).Seconds()*1000/rounds, "ms/start")
	}
	b.ReportMetric(0, "ns/op")
}
