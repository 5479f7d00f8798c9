// Package kube is the agents' way to the API server: REST clients and informers over a scheme that
// holds the core and networking groups and no more. The typed clientset of client-go registers every
// group of Kubernetes, which costs an agent that runs on each node of a small cluster more memory
// than all that it remembers.
//
//	client, err := kube.Connect(os.Getenv("CONTROL_PLANE_ENDPOINT"))
//	nodes := client.Informer(kube.Nodes, slim)
//	err = kube.Run(ctx, nodes)
package kube

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
)

// A Client talks to one API server.
type Client struct {
	groups map[schema.GroupVersion]rest.Interface
}

// Connect returns a client that acts as the pod's service account. endpoint, "host:port", names an
// API server that answers before kube-proxy has programmed the address of the Service kubernetes;
// when it is empty, that address is used.
func Connect(endpoint string) (*Client, error) {
	config, err := rest.InClusterConfig()
	if err != nil {
		return nil, fmt.Errorf("connect to the API server: %w", err)
	}
	if endpoint != "" {
		config.Host = "https://" + endpoint
	}
	return New(config)
}

// New returns a client for config.
func New(config *rest.Config) (*Client, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, networkingv1.AddToScheme, storagev1.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, fmt.Errorf("register types: %w", err)
		}
	}
	codecs := serializer.NewCodecFactory(scheme).WithoutConversion()
	c := &Client{groups: map[schema.GroupVersion]rest.Interface{}}
	for _, gv := range []schema.GroupVersion{corev1.SchemeGroupVersion, networkingv1.SchemeGroupVersion, storagev1.SchemeGroupVersion} {
		rc, err := rest.RESTClientFor(groupConfig(config, gv, codecs))
		if err != nil {
			return nil, fmt.Errorf("client for %s: %w", gv, err)
		}
		c.groups[gv] = rc
	}
	return c, nil
}

// groupConfig is config for one API group. Protocol buffers take less of both sides than JSON does.
func groupConfig(config *rest.Config, gv schema.GroupVersion, codecs runtime.NegotiatedSerializer) *rest.Config {
	c := rest.CopyConfig(config)
	c.GroupVersion = &gv
	c.APIPath = "/apis"
	if gv.Group == "" {
		c.APIPath = "/api"
	}
	c.NegotiatedSerializer = codecs
	c.ContentType = runtime.ContentTypeProtobuf
	c.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	return c
}

// For returns the REST client of a resource's group.
func (c *Client) For(r Resource) rest.Interface { return c.groups[r.GroupVersion] }
