package kubernetes

import (
	"slices"
	"testing"
	"time"

	core "k8s.io/api/core/v1"
	network "k8s.io/api/networking/v1"
)

// What the Job says of pods that hold hidden checks and strangers' programs.
func TestJob(t *testing.T) {
	r := &round{
		engine: &Engine{Parallel: 3, Deadline: time.Minute}, image: "slipway/grader:x", items: upTo(45), size: 20, name: "slipway-grade-a-1", secret: []byte("s"),
	}
	spec := r.job().Spec
	pod := spec.Template.Spec
	worker := pod.Containers[0]
	for what, ok := range map[string]bool{
		"a completion for each shard":   *spec.Completions == 3 && *spec.Parallelism == 3 && *spec.CompletionMode == "Indexed",
		"two more tries of each shard":  *spec.BackoffLimitPerIndex == 2 && pod.RestartPolicy == core.RestartPolicyNever,
		"an end":                        *spec.ActiveDeadlineSeconds == 60 && *spec.TTLSecondsAfterFinished > 0,
		"no token of the API":           !*pod.AutomountServiceAccountToken,
		"not privileged":                !*worker.SecurityContext.Privileged && slices.Equal(worker.SecurityContext.Capabilities.Drop, []core.Capability{"ALL"}),
		"no host":                       !pod.HostNetwork && !pod.HostPID && !pod.HostIPC,
		"no volume but a folder":        len(pod.Volumes) == 1 && pod.Volumes[0].EmptyDir != nil,
		"the image that the nodes have": worker.ImagePullPolicy == core.PullNever && worker.Image == "slipway/grader:x",
		"requests and limits":           len(worker.Resources.Requests) == 3 && len(worker.Resources.Limits) == 3,
		"the items":                     slices.Contains(worker.Args, "--items=0-44") && slices.Contains(worker.Args, "--shard-size=20"),
	} {
		if !ok {
			t.Errorf("the Job lacks: %s", what)
		}
	}
	if r.engine.Parallel = 0; *r.job().Spec.Parallelism != 3 {
		t.Error("without a number all shards may run at once")
	}
}

// No traffic is let in or out: a policy type without rules allows nothing.
func TestDenyAll(t *testing.T) {
	p := denyAll().Spec
	if len(p.PodSelector.MatchLabels) != 0 || p.Ingress != nil || p.Egress != nil || !slices.Equal(p.PolicyTypes, []network.PolicyType{"Ingress", "Egress"}) {
		t.Errorf("policy %+v", p)
	}
}
