package kubernetes

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/isolation"
	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/slipway-workshop/slipway/exercises/workspace"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/gentype"
	clienttest "k8s.io/client-go/testing"
)

// A fakeCluster does what a Job controller and kubelets do, with workers in this process.
type fakeCluster struct {
	clienttest.Fake
	tracker clienttest.ObjectTracker
	t       *testing.T
	dir     string // the image's manifest
	judge   grade.Judge

	// run is what a pod does, and returns its exit code; nil means (*podRun).work.
	run func(p *podRun) int
	// start may make a pod other than a running one.
	start func(p *core.Pod)

	jobs sync.Mutex      // held while the Job controller or a deletion acts on one
	gone map[string]bool // Jobs that were deleted, which get no more pods

	mu      sync.Mutex
	logs    map[string]*bytes.Buffer
	readErr func(pod string) error
	created []string // Jobs
	tries   map[string]int
}

// A podRun is one pod at work.
type podRun struct {
	*fakeCluster
	pod     string
	attempt int // of its shard in this Job, from 1
	shard   Shard
}

func (p *podRun) Write(data []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.logs[p.pod].Write(data)
}

func (p *podRun) work() int { return ExitCode(Worker(p.t.Context(), p.shard, p.judge, p)) }

// round is the number of the pod's Job.
func (p *podRun) round() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.IndexFunc(p.created, func(job string) bool { return strings.HasPrefix(p.pod, job+"-") }) + 1
}

func newFakeCluster(t *testing.T) *fakeCluster {
	c := &fakeCluster{
		tracker: clienttest.NewObjectTracker(kinds, serializer.NewCodecFactory(kinds).UniversalDecoder()), t: t, dir: t.TempDir(), judge: lengthJudge{},
		gone: map[string]bool{}, logs: map[string]*bytes.Buffer{}, tries: map[string]int{},
	}
	c.AddReactor("*", "*", clienttest.ObjectReaction(c.tracker))
	c.PrependReactor("delete", "jobs", c.deleteJob)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { c.control(stop, &wg) })
	t.Cleanup(func() { close(stop); wg.Wait() })
	return c
}

func (c *fakeCluster) engine() *Engine {
	return &Engine{
		Client: c.client(), ShardSize: 5, Report: func(s string) { c.t.Log(s) },
		Image: func(_ context.Context, dir string) (string, error) {
			return "slipway/grader:test", os.CopyFS(c.dir, os.DirFS(dir))
		},
		timing: timing{poll: time.Millisecond, patience: time.Minute, stall: time.Minute, lost: 20 * time.Millisecond, cleanup: time.Minute},
	}
}

func (c *fakeCluster) deleteJob(action clienttest.Action) (bool, runtime.Object, error) {
	c.jobs.Lock()
	defer c.jobs.Unlock()
	job := action.(clienttest.DeleteAction).GetName()
	c.gone[job] = true
	pods := core.SchemeGroupVersion.WithResource("pods")
	list, err := c.tracker.List(pods, core.SchemeGroupVersion.WithKind("Pod"), Namespace)
	if err != nil {
		return true, nil, err
	}
	for _, p := range list.(*core.PodList).Items {
		if p.Labels[batch.JobNameLabel] == job {
			_ = c.tracker.Delete(pods, Namespace, p.Name)
		}
	}
	return false, nil, nil
}

// client returns a Client of the cluster.
func (c *fakeCluster) client() *Client {
	return &Client{
		namespaces: fakeObjects(c, "", core.SchemeGroupVersion, "namespaces", "Namespace", func(l *core.NamespaceList) *[]core.Namespace { return &l.Items }),
		pods:       fakeObjects(c, Namespace, core.SchemeGroupVersion, "pods", "Pod", func(l *core.PodList) *[]core.Pod { return &l.Items }),
		jobs:       fakeObjects(c, Namespace, batch.SchemeGroupVersion, "jobs", "Job", func(l *batch.JobList) *[]batch.Job { return &l.Items }),
		policies: fakeObjects(c, Namespace, networking.SchemeGroupVersion, "networkpolicies", "NetworkPolicy",
			func(l *networking.NetworkPolicyList) *[]networking.NetworkPolicy { return &l.Items }),
		log: c.readLog,
	}
}

// fakeObjects are the objects of one kind in a cluster. items are those of a list.
func fakeObjects[T, L any, PT interface {
	*T
	runtime.Object
	meta.Object
}, PL interface {
	*L
	runtime.Object
	meta.ListInterface
}](c *fakeCluster, namespace string, version schema.GroupVersion, resource, kind string, items func(PL) *[]T) objects[PT, PL] {
	return gentype.NewFakeClientWithList(&c.Fake, namespace, version.WithResource(resource), version.WithKind(kind),
		func() PT { return new(T) }, func() PL { return new(L) },
		func(to, from PL) { to.SetResourceVersion(from.GetResourceVersion()) },
		func(list PL) []PT {
			var all []PT
			for i := range *items(list) {
				all = append(all, &(*items(list))[i])
			}
			return all
		},
		func(list PL, all []PT) {
			*items(list) = nil
			for _, object := range all {
				*items(list) = append(*items(list), *object)
			}
		})
}

func (c *fakeCluster) readLog(_ context.Context, pod string, _ *core.PodLogOptions) (io.ReadCloser, error) {
	log := clienttest.NewGetSubresourceAction(core.SchemeGroupVersion.WithResource("pods"), Namespace, "log", pod)
	if _, err := c.Invokes(log, &core.Pod{}); err != nil { // the server is away, or the pod is gone
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.readErr != nil {
		if err := c.readErr(pod); err != nil {
			return nil, err
		}
	}
	return io.NopCloser(strings.NewReader(c.logs[pod].String())), nil
}

// control is the Job controller.
func (c *fakeCluster) control(stop chan struct{}, wg *sync.WaitGroup) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(time.Millisecond):
		}
		jobs, err := c.tracker.List(batch.SchemeGroupVersion.WithResource("jobs"), batch.SchemeGroupVersion.WithKind("Job"), Namespace)
		if err != nil {
			continue
		}
		for _, job := range jobs.(*batch.JobList).Items {
			c.sync(&job, wg)
		}
	}
}

func (c *fakeCluster) pods(job string) []core.Pod {
	list, err := c.tracker.List(core.SchemeGroupVersion.WithResource("pods"), core.SchemeGroupVersion.WithKind("Pod"), Namespace)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(list.(*core.PodList).Items, func(p core.Pod) bool { return p.Labels[batch.JobNameLabel] != job })
}

// sync starts the pods that a Job lacks, or ends it.
func (c *fakeCluster) sync(job *batch.Job, wg *sync.WaitGroup) {
	c.jobs.Lock()
	defer c.jobs.Unlock()
	if len(job.Status.Conditions) > 0 || c.gone[job.Name] {
		return
	}
	c.mu.Lock()
	if !slices.Contains(c.created, job.Name) {
		c.created = append(c.created, job.Name)
	}
	c.mu.Unlock()
	good, failed, active := map[int]bool{}, map[int]int{}, map[int]bool{}
	for _, p := range c.pods(job.Name) {
		i := indexOf(p)
		switch p.Status.Phase {
		case core.PodSucceeded:
			good[i] = true
		case core.PodFailed:
			failed[i]++
			if t := p.Status.ContainerStatuses; len(t) > 0 && t[0].State.Terminated.ExitCode == ExitManifest {
				failed[i] = 99
			}
		default:
			active[i] = true
		}
	}
	over, bad := true, false
	for i := range int(*job.Spec.Completions) {
		switch {
		case good[i]:
		case failed[i] > int(*job.Spec.BackoffLimitPerIndex):
			bad = true
		default:
			over = false
			if !active[i] && len(active) < int(*job.Spec.Parallelism) {
				active[i] = true
				c.startPod(job, i, wg)
			}
		}
	}
	if over {
		kind := batch.JobComplete
		if bad {
			kind = batch.JobFailed
		}
		job.Status.Conditions = []batch.JobCondition{{Type: kind, Status: core.ConditionTrue}}
		_ = c.tracker.Update(batch.SchemeGroupVersion.WithResource("jobs"), job, Namespace)
	}
}

func (c *fakeCluster) startPod(job *batch.Job, index int, wg *sync.WaitGroup) {
	shardName := fmt.Sprintf("%s-%d", job.Name, index)
	c.mu.Lock()
	c.tries[shardName]++
	attempt := c.tries[shardName]
	c.mu.Unlock()
	p := &core.Pod{
		ObjectMeta: meta.ObjectMeta{
			Name: fmt.Sprintf("%s-%d", shardName, attempt), Namespace: Namespace,
			Labels:      map[string]string{batch.JobNameLabel: job.Name},
			Annotations: map[string]string{batch.JobCompletionIndexAnnotation: strconv.Itoa(index)},
		},
		Spec:   job.Spec.Template.Spec,
		Status: core.PodStatus{Phase: core.PodRunning},
	}
	p.UID = types.UID(p.Name)
	if c.start != nil {
		c.start(p)
	}
	c.mu.Lock()
	c.logs[p.Name] = &bytes.Buffer{}
	c.mu.Unlock()
	if err := c.tracker.Create(core.SchemeGroupVersion.WithResource("pods"), p, Namespace); err != nil || p.Status.Phase != core.PodRunning || p.DeletionTimestamp != nil {
		return
	}
	run := &podRun{fakeCluster: c, pod: p.Name, attempt: attempt, shard: shardOfPod(p, index, c.dir)}
	wg.Go(func() {
		exit := 0
		if c.run != nil {
			exit = c.run(run)
		} else {
			exit = run.work()
		}
		c.endPod(p, exit)
	})
}

func shardOfPod(p *core.Pod, index int, dir string) Shard {
	s := Shard{Dir: dir, Index: index, Name: p.Name}
	for _, arg := range p.Spec.Containers[0].Args {
		if v, ok := strings.CutPrefix(arg, "--items="); ok {
			s.Items = v
		}
		if v, ok := strings.CutPrefix(arg, "--shard-size="); ok {
			s.Size, _ = strconv.Atoi(v)
		}
	}
	for _, e := range p.Spec.Containers[0].Env {
		if e.Name == SecretEnv {
			s.Secret = []byte(e.Value)
		}
	}
	return s
}

func (c *fakeCluster) endPod(p *core.Pod, exit int) {
	p = p.DeepCopy()
	p.Status.Phase = core.PodSucceeded
	if exit != 0 {
		p.Status.Phase = core.PodFailed
	}
	p.Status.ContainerStatuses = []core.ContainerStatus{{State: core.ContainerState{Terminated: &core.ContainerStateTerminated{ExitCode: int32(exit), Reason: "Error"}}}}
	_ = c.tracker.Update(core.SchemeGroupVersion.WithResource("pods"), p, Namespace) // it may be gone with its Job
}

// left fails the test when something of the engine's is still in the cluster.
func (c *fakeCluster) left() {
	c.t.Helper()
	ctx := context.Background()
	jobs, _ := c.client().jobs.List(ctx, meta.ListOptions{})
	pods, _ := c.client().pods.List(ctx, meta.ListOptions{})
	spaces, _ := c.client().namespaces.List(ctx, meta.ListOptions{})
	if n := len(jobs.Items) + len(pods.Items) + len(spaces.Items); n != 0 {
		c.t.Errorf("%d Jobs, %d pods, %d namespaces are left", len(jobs.Items), len(pods.Items), len(spaces.Items))
	}
}

// lengthJudge gives a point for each byte of an item, so that its result follows from the item alone.
type lengthJudge struct{}

func (lengthJudge) Judge(_ context.Context, i grade.Item) (verdict.Result, isolation.Achieved, error) {
	n := 0
	files, err := i.Files()
	if err != nil {
		return verdict.Result{}, isolation.Achieved{}, err
	}
	for _, f := range files {
		n += len(f.Data)
	}
	check := verdict.Check{ID: "10", Status: verdict.Pass, Points: n, Max: n}
	return verdict.New(i.Task, "length", []verdict.Check{check}), isolation.Achieved{Backend: "none"}, nil
}

// A judgeFunc is a judge.
type judgeFunc func(i grade.Item) error

func (f judgeFunc) Judge(ctx context.Context, i grade.Item) (verdict.Result, isolation.Achieved, error) {
	if err := f(i); err != nil {
		return verdict.Result{}, isolation.Achieved{}, err
	}
	return lengthJudge{}.Judge(ctx, i)
}

func class(n int) []grade.Item {
	var items []grade.Item
	for i := range n {
		data := bytes.Repeat([]byte("x"), i+1)
		items = append(items, grade.Item{
			Key: fmt.Sprintf("%x", sha256.Sum256(data)), Task: "x01",
			Files: grade.Held(workspace.File{Name: "a.txt", Data: data}, workspace.File{Name: "same.txt", Data: []byte("same")}),
		})
	}
	return items
}

// A told is what an engine has told, by key.
type told map[string][]grade.Outcome

func (t told) add(o grade.Outcome) error {
	t[o.Key] = append(t[o.Key], o)
	return nil
}

// whole fails the test unless each item was told of once and as lengthJudge judges.
func (o told) whole(t *testing.T, items []grade.Item) {
	t.Helper()
	for _, i := range items {
		want, _, _ := lengthJudge{}.Judge(t.Context(), i)
		if got := o[i.Key]; len(got) != 1 || got[0].Fault != "" || got[0].Result.Points != want.Points || got[0].Task != i.Task {
			t.Errorf("item of %d points: told %+v", want.Points, got)
		}
	}
	if len(o) != len(items) {
		t.Errorf("told of %d items, want %d", len(o), len(items))
	}
}

var errBroken = errors.New("the judge is broken")

// limited writes n lines and then fails.
type limited struct {
	io.Writer
	lines int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.lines--; l.lines < 0 {
		return 0, errors.New("killed")
	}
	return l.Writer.Write(p)
}
