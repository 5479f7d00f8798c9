package provision

import (
	"path/filepath"
	"strings"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/kube"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// nodeAnnotation keeps the name of the node that answers for a volume; the affinity has only its label.
const nodeAnnotation = "slipway.test/node"

func volumeName(c *corev1.PersistentVolumeClaim) string { return "pvc-" + string(c.UID) }

// folder is named for people to find: a claim's UID alone would do.
func folder(c *corev1.PersistentVolumeClaim) string {
	return volumeName(c) + "_" + c.Namespace + "_" + c.Name
}

func newVolume(claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass, dir, hostname string) *corev1.PersistentVolume {
	policy := corev1.PersistentVolumeReclaimDelete
	if class.ReclaimPolicy != nil {
		policy = *class.ReclaimPolicy
	}
	node := claim.Annotations[selectedNode]
	mode := corev1.PersistentVolumeFilesystem
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{
			Name:        volumeName(claim),
			Annotations: map[string]string{provisionedBy: Name, nodeAnnotation: node},
		},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: claim.Spec.Resources.Requests[corev1.ResourceStorage]},
			AccessModes:                   claim.Spec.AccessModes,
			VolumeMode:                    &mode,
			StorageClassName:              class.Name,
			MountOptions:                  class.MountOptions,
			PersistentVolumeReclaimPolicy: policy,
			PersistentVolumeSource:        corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: dir}},
			NodeAffinity:                  onlyOn(hostname),
			ClaimRef: &corev1.ObjectReference{
				APIVersion: "v1", Kind: "PersistentVolumeClaim",
				Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID, ResourceVersion: claim.ResourceVersion,
			},
		},
	}
}

func onlyOn(hostname string) *corev1.VolumeNodeAffinity {
	return &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
		MatchExpressions: []corev1.NodeSelectorRequirement{{
			Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{hostname},
		}},
	}}}}
}

// owns says whether this node's agent made v, and where. Since what it returns may be removed with
// all that is in it, v must name a folder right below the root that bears the volume's own name.
func (p *Provisioner) owns(v *corev1.PersistentVolume) (dir string, ok bool) {
	if v.Annotations[provisionedBy] != Name || v.Annotations[nodeAnnotation] != p.Node || v.Spec.Local == nil {
		return "", false
	}
	dir = v.Spec.Local.Path
	parent, base := filepath.Split(dir)
	return dir, filepath.Clean(parent) == filepath.Clean(p.Root) && strings.HasPrefix(base, v.Name+"_")
}

func report(c *corev1.PersistentVolumeClaim, kind, reason, message string) kube.Report {
	return kube.Report{
		About: corev1.ObjectReference{
			APIVersion: "v1", Kind: "PersistentVolumeClaim", Namespace: c.Namespace, Name: c.Name, UID: c.UID,
		},
		Type: kind, Reason: reason, Message: message,
	}
}
