package kubernetes

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/grade"
	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttest "k8s.io/client-go/testing"
)

// The API server is away for a while, or for good.
func TestServerAway(t *testing.T) {
	for _, test := range []struct {
		away time.Duration
		err  string
	}{{500 * time.Millisecond, ""}, {time.Hour, "connection refused"}} {
		c, all, items := newFakeCluster(t), told{}, class(10)
		var until atomic.Int64
		c.PrependReactor("*", "*", func(clienttest.Action) (bool, runtime.Object, error) {
			if time.Now().UnixNano() < until.Load() {
				return true, nil, errors.New("connection refused")
			}
			return false, nil, nil
		})
		c.run = func(p *podRun) int {
			until.CompareAndSwap(0, time.Now().Add(test.away).UnixNano())
			return p.work()
		}
		e := c.engine()
		if test.err != "" {
			e.timing.patience, e.timing.cleanup = time.Second, 10*time.Millisecond
		}
		err := e.Grade(t.Context(), items, all.add)
		if test.err == "" {
			if err != nil {
				t.Fatal(err)
			}
			all.whole(t, items)
			c.left()
		} else if err == nil || !strings.Contains(err.Error(), test.err) {
			t.Errorf("Grade = %v", err)
		}
	}
}

// An API server that refuses is not asked again and again.
func TestForbidden(t *testing.T) {
	c := newFakeCluster(t)
	c.PrependReactor("create", "jobs", func(clienttest.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewForbidden(core.Resource("jobs"), "x", errors.New("ana may not"))
	})
	e, begin := c.engine(), time.Now()
	err := e.Grade(t.Context(), class(1), told{}.add)
	if err == nil || !strings.Contains(err.Error(), "ana may not") || time.Since(begin) > e.timing.patience/2 {
		t.Errorf("after %s: %v", time.Since(begin), err)
	}
}

// Whatever ends the run in the middle, nothing of it stays in the cluster.
func TestEnded(t *testing.T) {
	t.Run("ctx", func(t *testing.T) {
		c := newFakeCluster(t)
		ctx, cancel := context.WithCancel(t.Context())
		c.run = func(p *podRun) int { cancel(); <-p.t.Context().Done(); return 1 }
		if err := c.engine().Grade(ctx, class(10), told{}.add); !errors.Is(err, context.Canceled) {
			t.Errorf("Grade = %v", err)
		}
		c.left()
	})
	t.Run("done", func(t *testing.T) {
		c, full, n := newFakeCluster(t), errors.New("disk is full"), 0
		err := c.engine().Grade(t.Context(), class(10), func(grade.Outcome) error {
			if n++; n > 3 {
				return full
			}
			return nil
		})
		if !errors.Is(err, full) || n != 4 {
			t.Errorf("Grade = %v after %d outcomes", err, n)
		}
		c.left()
	})
}

// Pods none of which can start are told of with what the cluster says.
func TestCannotStart(t *testing.T) {
	for want, status := range map[string]core.PodStatus{
		"ErrImageNeverPull: Container image is not present": {
			Phase: core.PodPending,
			ContainerStatuses: []core.ContainerStatus{{State: core.ContainerState{
				Waiting: &core.ContainerStateWaiting{Reason: "ErrImageNeverPull", Message: "Container image is not present"}}}},
		},
		"Unschedulable: 0/3 nodes are available": {
			Phase:      core.PodPending,
			Conditions: []core.PodCondition{{Type: core.PodScheduled, Status: core.ConditionFalse, Reason: "Unschedulable", Message: "0/3 nodes are available"}},
		},
	} {
		c := newFakeCluster(t)
		c.start = func(p *core.Pod) { p.Status = status }
		e := c.engine()
		e.timing.stall = 300 * time.Millisecond
		err := e.Grade(t.Context(), class(10), told{}.add)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Grade = %v, want %s", err, want)
		}
		c.left()
	}
}

// A pod that does not end with its lost node is given up, so that the Job starts another one.
func TestNodeLost(t *testing.T) {
	c, all, items := newFakeCluster(t), told{}, class(10)
	c.start = func(p *core.Pod) {
		if strings.HasSuffix(p.Name, "-1-0-1") {
			p.DeletionTimestamp = &meta.Time{Time: time.Now()}
			p.Finalizers = []string{"batch.kubernetes.io/job-tracking"}
		}
	}
	if err := c.engine().Grade(t.Context(), items, all.add); err != nil {
		t.Fatal(err)
	}
	all.whole(t, items)
	if c.tries[c.created[0]+"-0"] != 2 || len(c.created) != 1 {
		t.Errorf("shard 0 was started %d times by %d Jobs, want another pod of the same Job", c.tries[c.created[0]+"-0"], len(c.created))
	}
}

// A pod that stays with its lost node does not keep its Job from going.
func TestLostPodIsRemoved(t *testing.T) {
	c, all, items := newFakeCluster(t), told{}, class(3)
	var forced atomic.Int32
	c.PrependReactor("delete-collection", "pods", func(a clienttest.Action) (bool, runtime.Object, error) {
		o := a.(clienttest.DeleteCollectionActionImpl)
		if *o.DeleteOptions.GracePeriodSeconds == 0 && strings.HasPrefix(o.ListRestrictions.Labels.String(), "batch.kubernetes.io/job-name=slipway-grade-") {
			forced.Add(1)
		}
		return true, nil, nil
	})
	c.PrependReactor("delete", "jobs", func(clienttest.Action) (bool, runtime.Object, error) {
		return forced.Load() == 0, nil, nil // it stays until its pods are gone
	})
	if err := c.engine().Grade(t.Context(), items, all.add); err != nil {
		t.Fatal(err)
	}
	all.whole(t, items)
	if forced.Load() == 0 {
		t.Error("no pod was deleted without its node")
	}
	c.left()
}
