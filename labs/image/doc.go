// Package image makes the image that the nodes of the labs' clusters are made of, and finds the one to use.
//
// A node is a container that looks like a machine: systemd, containerd, the kubelet. The kind project publishes
// such images; this package builds one from Go modules and Debian packages alone, without a container registry
// and without a container:
//
//	programs   each built by the go command from a module of its own below labs/nodeimage, whose go.sum pins it.
//	           Kubernetes and etcd are one program, kube, which is called by many names; kubectl
//	           is one of its own, which starts faster.
//	debian     the root file system, by mmdebstrap
//	layer-…    layers of the images that every node has: the control plane's, CoreDNS, the course's agents, toolbox
//	preload    these images in the form in which containerd keeps them
//	system     first layer of the node image: Debian, kind's own files, and ours
//	programs   second layer: what runs on the node itself
//	images     third layer: the preloaded images, and the manifests that kind applies
//	load       gives the image to the container engine
//
// A step is known by the digest of everything that goes into it, and keeps what it makes in the cache folder
// under that digest. So a build that was interrupted goes on where it stopped, and a change of the toolbox
// makes anew what has the toolbox in it and nothing else. The digest of the whole, the recipe's, is a label of the
// image and part of its name, slipway/node:v1.36.3-0123456789ab: the engine is asked for it before anything
// is built.
//
// The image fits itself to the machine when a node starts (files/slipway-adapt): on a machine with cgroup v1,
// or one that withholds CAP_SYS_RESOURCE, kubelet and containerd get the settings that they need there. So
// kind needs no configuration for it:
//
//	kind create cluster --image slipway/node:v1.36.3-0123456789ab
//
// One machine of a class builds; the others import the file that it exports. Where a registry can be reached and
// the machine needs no adaptation, Choose takes the published image.
//
// Sources of what is done here: images/base/Dockerfile and pkg/build/nodeimage of sigs.k8s.io/kind v0.33.0.
package image
