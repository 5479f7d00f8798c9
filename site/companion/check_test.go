package companion

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/verdict"
)

var checks = []verdict.Check{
	{ID: "20-builds", Title: "The <b>program</b> builds", Status: verdict.Fail, Max: 4, Findings: []verdict.Finding{{
		Expected: "the program in app builds",
		Actual:   "go build ./... exits 1:\nc.go:5:2: undefined: broken",
		Why:      "A build list is computed from requirements alone. 构建列表只由各模块的需求计算得出。",
		Next:     "go build ./...",
		At:       "checks.txtar:31",
	}}},
	{ID: "10-answer", Title: "The prediction is right", Status: verdict.Pass, Points: 4, Max: 4},
	{ID: "30-latest", Title: "Later", Status: verdict.Blocked, Max: 2, WaitsFor: []string{"The program builds"}},
}

func listen(t *testing.T, checker Checker) (base string, srv *Server) {
	t.Helper()
	srv = newServer(t, checker)
	ts := httptest.NewServer(srv)
	t.Cleanup(ts.Close)
	return ts.URL, srv
}

func TestCheckStreamsTheWordsOfTheTerminal(t *testing.T) {
	goOn := make(chan struct{})
	base, srv := listen(t, checkFunc(func(_ context.Context, task string, report func(verdict.Check)) (verdict.Result, error) {
		for _, c := range checks {
			report(c)
			<-goOn
		}
		return verdict.New(task, "Predict", checks), nil
	}))
	c := open(t, base, srv, "POST", "/-/check/x06")
	for _, check := range checks { // each arrives before the next has ended
		c.want("check", toJSON(t, verdict.Say(check)))
		goOn <- struct{}{}
	}
	c.want("result", `{"status":"fail","summary":"Not yet: 4 of 10 points. One check tells what is missing. Type commands in slipway shell x06.","points":4,"max":10}`)
	c.want("", "")
}

func TestCheckReportedFromManyGoroutines(t *testing.T) {
	base, srv := listen(t, checkFunc(func(_ context.Context, task string, report func(verdict.Check)) (verdict.Result, error) {
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { report(checks[0]) })
		}
		all.Wait()
		return verdict.New(task, "Predict", checks), nil
	}))
	c := open(t, base, srv, "POST", "/-/check/x06")
	for range 20 {
		c.want("check", toJSON(t, verdict.Say(checks[0])))
	}
	if event, _ := c.next(); event != "result" {
		t.Errorf("event %q, want result", event)
	}
}

func TestCheckThatCannotJudge(t *testing.T) {
	base, srv := listen(t, checkFunc(func(context.Context, string, func(verdict.Check)) (verdict.Result, error) {
		return verdict.Result{}, errors.New("check x06: not started: slipway start x06")
	}))
	c := open(t, base, srv, "POST", "/-/check/x06")
	c.want("fault", `{"message":"check x06: not started: slipway start x06"}`)
	c.want("", "")
}

// endless is a checker that tells when it begins and why it ends, and ends only with its context.
func endless() (checker Checker, began chan string, ended chan error) {
	began, ended = make(chan string, 8), make(chan error, 8)
	return checkFunc(func(ctx context.Context, task string, _ func(verdict.Check)) (verdict.Result, error) {
		began <- task
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return verdict.Result{}, ctx.Err()
	}), began, ended
}

func within[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(10 * time.Second):
		t.Fatalf("%s: nothing within 10 s", what)
		panic("not reached")
	}
}

func TestCheckEndsWithItsClient(t *testing.T) {
	checker, began, ended := endless()
	base, srv := listen(t, checker)
	c := open(t, base, srv, "POST", "/-/check/x06")
	within(t, "begin", began)
	c.cancel()
	if err := within(t, "end", ended); !errors.Is(err, context.Canceled) {
		t.Errorf("check ended because of %v", err)
	}
}

func TestSecondCheckOfATaskEndsTheFirst(t *testing.T) {
	first, goOn := make(chan struct{}), make(chan struct{})
	var mu sync.Mutex
	running, most, calls := 0, 0, 0
	count := func(n int) int {
		mu.Lock()
		defer mu.Unlock()
		running += n
		most = max(most, running)
		if n > 0 {
			calls++
		}
		return calls
	}
	base, srv := listen(t, checkFunc(func(ctx context.Context, task string, _ func(verdict.Check)) (verdict.Result, error) {
		call := count(1)
		defer count(-1)
		if call == 1 {
			close(first)
			<-ctx.Done()
			<-goOn // it takes a while to end
			return verdict.Result{}, ctx.Err()
		}
		return verdict.New(task, "Predict", nil), nil
	}))
	a := open(t, base, srv, "POST", "/-/check/x06")
	within(t, "begin", first)
	b := open(t, base, srv, "POST", "/-/check/x06")
	c := open(t, base, srv, "POST", "/-/check/x06")
	close(goOn)
	again := toJSON(t, Fault{errAgain.Error()})
	a.want("fault", again)
	if event, data := b.next(); event != "fault" && event != "result" {
		t.Errorf("second page: event %q with %s", event, data)
	}
	c.want("result", `{"status":"pass","summary":"Solved: 0 of 0 points.","points":0,"max":0}`)
	if most != 1 {
		t.Errorf("%d checks of a task ran at once", most)
	}
	left := func() int {
		srv.checks.mu.Lock()
		defer srv.checks.mu.Unlock()
		return len(srv.checks.newest)
	}
	for end := time.Now().Add(5 * time.Second); left() > 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond) // a page has its answer a moment before its run ends
	}
	if n := left(); n > 0 {
		t.Errorf("%d runs left behind", n)
	}
}

func TestChecksOfTwoTasksRunSideBySide(t *testing.T) {
	checker, began, ended := endless()
	base, srv := listen(t, checker)
	a := open(t, base, srv, "POST", "/-/check/x06")
	b := open(t, base, srv, "POST", "/-/check/x09")
	within(t, "begin", began)
	within(t, "begin", began)
	select {
	case err := <-ended:
		t.Errorf("a check ended because of %v", err)
	default:
	}
	a.cancel()
	b.cancel()
	within(t, "end", ended)
	within(t, "end", ended)
}

// A slowCatalog takes its time to tell whether it has a task.
type slowCatalog struct {
	checkFunc
	has func(task string) bool
}

func (c slowCatalog) Has(task string) bool { return c.has(task) }

// A check that was stopped before it began must not end the one after it.
func TestCheckStoppedBeforeItBegan(t *testing.T) {
	asked, goOn, checked := make(chan struct{}), make(chan struct{}), make(chan struct{})
	var calls atomic.Int32
	base, srv := listen(t, slowCatalog{
		func(_ context.Context, task string, _ func(verdict.Check)) (verdict.Result, error) {
			<-checked
			return verdict.New(task, "Predict", nil), nil
		},
		func(string) bool {
			if calls.Add(1) == 1 {
				close(asked)
				<-goOn
			}
			return true
		},
	})
	ctx, stop := context.WithCancel(t.Context())
	left := make(chan struct{})
	go func() {
		defer close(left)
		req, err := http.NewRequestWithContext(ctx, "POST", base+"/-/check/x06", nil)
		if err != nil {
			t.Error(err)
			return
		}
		req.Header.Set("Origin", base)
		req.Header.Set(tokenHeader, srv.token)
		if resp, err := http.DefaultClient.Do(req); err == nil {
			resp.Body.Close()
			t.Errorf("answer %s to a client that has left", resp.Status)
		}
	}()
	within(t, "ask the catalogue", asked)
	second := open(t, base, srv, "POST", "/-/check/x06")
	stop()
	within(t, "leave", left)
	time.Sleep(100 * time.Millisecond) // the server notices
	close(goOn)
	time.Sleep(50 * time.Millisecond) // the first handler goes on
	close(checked)
	second.want("result", `{"status":"pass","summary":"Solved: 0 of 0 points.","points":0,"max":0}`)
}
