package kubernetes

import (
	"cmp"
	"fmt"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	network "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Namespace is where the engine's Jobs run.
const Namespace = "slipway-grading"

// ManifestDir is where the image of a class has the manifest.
const ManifestDir = "/class"

// Variables of a worker's environment. Kubernetes sets the index.
const (
	SecretEnv = "SLIPWAY_GRADE_SECRET"
	PodEnv    = "SLIPWAY_GRADE_POD"
	IndexEnv  = "JOB_COMPLETION_INDEX"
)

const (
	ownerLabel    = "app.kubernetes.io/managed-by"
	owner         = "slipway-grade"
	containerName = "worker"
)

// DefaultResources is what a pod of a worker may take. One processor is what a check is measured with.
func DefaultResources() core.ResourceRequirements {
	return core.ResourceRequirements{
		Requests: core.ResourceList{
			core.ResourceCPU: resource.MustParse("1"), core.ResourceMemory: resource.MustParse("1Gi"),
			core.ResourceEphemeralStorage: resource.MustParse("2Gi"),
		},
		Limits: core.ResourceList{
			core.ResourceCPU: resource.MustParse("2"), core.ResourceMemory: resource.MustParse("3Gi"),
			core.ResourceEphemeralStorage: resource.MustParse("8Gi"),
		},
	}
}

// namespaceObject lets privileged pods in, since a worker makes namespaces and mounts.
func namespaceObject() *core.Namespace {
	return &core.Namespace{ObjectMeta: meta.ObjectMeta{Name: Namespace, Labels: map[string]string{
		ownerLabel:                           owner,
		"pod-security.kubernetes.io/enforce": "privileged",
		"pod-security.kubernetes.io/warn":    "privileged",
		"pod-security.kubernetes.io/audit":   "baseline",
	}}}
}

// denyAll lets nothing in and nothing out.
func denyAll() *network.NetworkPolicy {
	return &network.NetworkPolicy{
		ObjectMeta: meta.ObjectMeta{Name: "deny-all", Namespace: Namespace, Labels: map[string]string{ownerLabel: owner}},
		Spec: network.NetworkPolicySpec{
			PolicyTypes: []network.PolicyType{network.PolicyTypeIngress, network.PolicyTypeEgress},
		},
	}
}

// job is the Job of a round.
func (r *round) job() *batch.Job {
	count := int32(shards(r.items, r.size))
	parallel := count
	if r.engine.Parallel > 0 {
		parallel = min(count, int32(r.engine.Parallel))
	}
	deadline := cmp.Or(r.engine.Deadline, time.Hour)
	return &batch.Job{
		ObjectMeta: meta.ObjectMeta{Name: r.name, Namespace: Namespace, Labels: map[string]string{ownerLabel: owner}},
		Spec: batch.JobSpec{
			CompletionMode:          new(batch.IndexedCompletion),
			Completions:             &count,
			Parallelism:             &parallel,
			BackoffLimitPerIndex:    new(int32(2)),
			PodFailurePolicy:        failurePolicy(),
			PodReplacementPolicy:    new(batch.Failed), // with a failure policy there is no other
			ActiveDeadlineSeconds:   new(int64(deadline.Seconds())),
			TTLSecondsAfterFinished: new(int32(3600)), // should the engine be gone
			Template: core.PodTemplateSpec{
				ObjectMeta: meta.ObjectMeta{Labels: map[string]string{ownerLabel: owner}},
				Spec:       r.pod(),
			},
		},
	}
}

// failurePolicy does not count the loss of a node, tries no shard again whose manifest is damaged, and ends the Job of a
// worker that must not judge.
func failurePolicy() *batch.PodFailurePolicy {
	exits := func(code int32) *batch.PodFailurePolicyOnExitCodesRequirement {
		return &batch.PodFailurePolicyOnExitCodesRequirement{
			ContainerName: new(containerName), Operator: batch.PodFailurePolicyOnExitCodesOpIn, Values: []int32{code},
		}
	}
	return &batch.PodFailurePolicy{Rules: []batch.PodFailurePolicyRule{
		{
			Action:          batch.PodFailurePolicyActionIgnore,
			OnPodConditions: []batch.PodFailurePolicyOnPodConditionsPattern{{Type: core.DisruptionTarget, Status: core.ConditionTrue}},
		},
		{Action: batch.PodFailurePolicyActionFailIndex, OnExitCodes: exits(ExitManifest)},
		{Action: batch.PodFailurePolicyActionFailJob, OnExitCodes: exits(ExitRefused)},
	}}
}

func (r *round) pod() core.PodSpec {
	resources := r.engine.Resources
	if resources.Requests == nil && resources.Limits == nil {
		resources = DefaultResources()
	}
	return core.PodSpec{
		RestartPolicy:                 core.RestartPolicyNever,
		AutomountServiceAccountToken:  new(false),
		EnableServiceLinks:            new(false),
		TerminationGracePeriodSeconds: new(int64(5)),
		Tolerations:                   lostNode(),
		Containers: []core.Container{{
			Name:            containerName,
			Image:           r.image,
			ImagePullPolicy: cmp.Or(r.engine.Pull, core.PullNever),
			Args: []string{
				"grade-worker", "--manifest=" + ManifestDir, "--items=" + formatRanges(r.items), fmt.Sprintf("--shard-size=%d", r.size),
			},
			Env: []core.EnvVar{
				{Name: SecretEnv, Value: string(r.secret)},
				{Name: PodEnv, ValueFrom: &core.EnvVarSource{FieldRef: &core.ObjectFieldSelector{FieldPath: "metadata.name"}}},
			},
			Resources:                resources,
			SecurityContext:          security(),
			TerminationMessagePolicy: core.TerminationMessageFallbackToLogsOnError,
			VolumeMounts:             []core.VolumeMount{{Name: "tmp", MountPath: "/tmp"}},
		}},
		Volumes: []core.Volume{{Name: "tmp", VolumeSource: core.VolumeSource{EmptyDir: &core.EmptyDirVolumeSource{
			SizeLimit: new(resource.MustParse("6Gi")),
		}}}},
	}
}

// lostNode has a pod replaced half a minute after its node was found lost, where the default is five minutes.
func lostNode() []core.Toleration {
	var list []core.Toleration
	for _, taint := range []string{core.TaintNodeNotReady, core.TaintNodeUnreachable} {
		list = append(list, core.Toleration{
			Key: taint, Operator: core.TolerationOpExists, Effect: core.TaintEffectNoExecute, TolerationSeconds: new(int64(30)),
		})
	}
	return list
}

// security is what package isolation needs as root: namespaces and mounts (SYS_ADMIN), a loopback of a cell's own
// (NET_ADMIN), another user for the cell's programs (SETUID, SETGID, SETPCAP), files of that user (CHOWN,
// DAC_OVERRIDE, FOWNER), and an end to its processes (KILL).
func security() *core.SecurityContext {
	return &core.SecurityContext{
		RunAsUser:  new(int64(0)),
		Privileged: new(false),
		Capabilities: &core.Capabilities{
			Drop: []core.Capability{"ALL"},
			Add:  []core.Capability{"SYS_ADMIN", "NET_ADMIN", "SETUID", "SETGID", "SETPCAP", "CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SYS_CHROOT"},
		},
		SeccompProfile:  &core.SeccompProfile{Type: core.SeccompProfileTypeUnconfined},
		AppArmorProfile: &core.AppArmorProfile{Type: core.AppArmorProfileTypeUnconfined},
	}
}
