package companion

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestReload(t *testing.T) {
	base, srv := listen(t, passes)
	a := open(t, base, srv, "GET", "/-/events?generation=0")
	b := open(t, base, srv, "GET", "/-/events?generation=0")
	srv.Reload(nil)
	for _, c := range []*client{a, b} {
		c.want("reload", "{}")
		c.want("", "")
	}
}

func TestMissedBuildReloadsAtOnce(t *testing.T) {
	base, srv := listen(t, passes)
	srv.Reload(nil)
	srv.Reload(errors.New("later"))
	open(t, base, srv, "GET", "/-/events?generation=0").want("reload", "{}")
	open(t, base, srv, "GET", "/-/events?generation=7").want("reload", "{}") // of an earlier start
	open(t, base, srv, "GET", "/-/events?generation=1").want("problems", `{"text":"later"}`)
}

func TestProblems(t *testing.T) {
	base, srv := listen(t, passes)
	c := open(t, base, srv, "GET", "/-/events?generation=0")
	srv.Reload(errors.Join(errors.New("en/a.md:3:1: no <b>"), errors.New("en/b.md:1:1: no")))
	const both = `{"text":"en/a.md:3:1: no \u003cb\u003e\nen/b.md:1:1: no"}`
	c.want("problems", both)
	open(t, base, srv, "GET", "/-/events?generation=0").want("problems", both)
	srv.Reload(errors.New("en/b.md:1:1: no"))
	c.want("problems", `{"text":"en/b.md:1:1: no"}`)
	srv.Reload(nil)
	c.want("reload", "{}")
}

func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(t, passes)
		ctx, leave := context.WithCancel(t.Context())
		r := request(t, "GET /-/events?generation=0", tokenHeader+": "+srv.token)
		rec := httptest.NewRecorder()
		done := make(chan struct{})
		go func() {
			defer close(done)
			srv.serveEvents(rec, r.WithContext(ctx))
		}()
		time.Sleep(2*heartbeat + time.Second)
		leave()
		<-done
		if got := strings.Count(rec.Body.String(), ":\n\n"); got != 2 || rec.Body.Len() != 2*len(":\n\n") {
			t.Errorf("%d heartbeats in %q", got, rec.Body)
		}
	})
}
