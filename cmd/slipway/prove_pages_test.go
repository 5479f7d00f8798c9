package main

import (
	"os"
	"slices"
	"testing"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/labs"
)

// Pages of one cluster are proven together, so that it can end before the next one is made.
func TestByPlace(t *testing.T) {
	own := labs.Place{Name: "slipway-harbour", Topology: labs.Own}
	pages := []page{
		{id: "lab-7", place: labs.Shared(labs.One)}, {id: "lab-12", place: own}, {id: "lab-1"}, {id: "lab-20", place: labs.Shared(labs.One)},
		{id: "versions"}, {id: "architecture", place: labs.Shared(labs.One)},
	}
	var got []string
	for _, pg := range byPlace(pages) {
		got = append(got, pg.id)
	}
	want := []string{"lab-1", "versions", "lab-7", "lab-20", "architecture", "lab-12"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A stamp is added to those that another proof has written since this one began.
func TestWriteStamp(t *testing.T) {
	folder := t.TempDir()
	for _, id := range []string{"lab-7", "versions"} {
		if err := writeStamp(folder, id, content.Stamp{Digest: "sha256:" + id}); err != nil {
			t.Fatal(err)
		}
	}
	stamps, err := content.ReadStamps(os.DirFS(folder))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"lab-7", "versions"} {
		if _, ok := stamps.Of(id, "sha256:"+id); !ok {
			t.Errorf("%s is not stamped: %v", id, stamps)
		}
	}
}
