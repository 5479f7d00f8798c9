package world

import (
	"context"
	"fmt"
	"io/fs"
	"iter"
	"net/http"
	"slices"
	"sync"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb"
)

// The key of the course's own checksum database. It is no secret: it vouches for nothing but the
// modules of the course, and must be the same everywhere so that answers are.
const (
	sumdbName   = "sum.slipway.test"
	sumdbSigner = "PRIVATE+KEY+sum.slipway.test+93ee34c8+AXNsaXB3YXkgY291cnNlIGNoZWNrc3VtIGRhdGFiYXNl"
	sumdbKey    = "sum.slipway.test+93ee34c8+AaVq3EYd3A2hOq2qpuOPm6cCs3KXi2wf/a6go2uS7HuY"
)

// newDatabase returns a checksum database (https://go.dev/design/25530-sumdb) over src. Where a host's
// config says so, it shows another history from some stage on: the same modules in another order, signed
// with the same key.
func newDatabase(w *World, lib *Library, src source, hosts map[string]Host) http.Handler {
	forks := 0
	for _, h := range hosts {
		if h.SumDB != nil {
			forks = max(forks, h.SumDB.Forks)
		}
	}
	records := lib.all()
	db := newSumDB(slices.All(records), src)
	if forks == 0 {
		return db
	}
	other := newSumDB(slices.Backward(records), src)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if int(w.stage.Load()) < forks {
			db.ServeHTTP(rw, r)
		} else {
			other.ServeHTTP(rw, r)
		}
	})
}

// newSumDB returns one history. The modules of first are its first records, in that order; releases
// are added as they are asked for.
func newSumDB(first iter.Seq2[int, *Module], src source) http.Handler {
	ops := sumdb.NewTestServer(sumdbSigner, func(path, version string) ([]byte, error) { return sums(src, path, version) })
	server := sumdb.NewServer(ops)
	fill := sync.OnceValue(func() error {
		for _, m := range first {
			if _, err := ops.Lookup(context.Background(), m.Version); err != nil {
				return fmt.Errorf("checksum database: %w", err)
			}
		}
		return nil
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := fill(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		server.ServeHTTP(w, r)
	})
}

func sums(src source, path, version string) ([]byte, error) {
	versions, err := src.versions(path)
	if err != nil {
		return nil, err
	}
	for _, m := range versions {
		if m.Version == (module.Version{Path: path, Version: version}) {
			return m.sums()
		}
	}
	return nil, fmt.Errorf("%s@%s: %w", path, version, fs.ErrNotExist)
}
