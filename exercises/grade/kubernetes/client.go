package kubernetes

import (
	"context"
	"io"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/gentype"
	"k8s.io/client-go/rest"
)

// A Client asks an API server for the few kinds of objects that an Engine works with. The clientset of client-go has
// those of all groups, and with it slipway would be larger by half, and take two thirds longer to compile.
type Client struct {
	namespaces objects[*core.Namespace, *core.NamespaceList]
	pods       objects[*core.Pod, *core.PodList]
	jobs       objects[*batch.Job, *batch.JobList]
	policies   objects[*networking.NetworkPolicy, *networking.NetworkPolicyList]

	log func(ctx context.Context, pod string, opts *core.PodLogOptions) (io.ReadCloser, error)
}

// objects are those of one kind; where the kind has namespaces, those in the engine's.
type objects[T, L any] interface {
	Get(ctx context.Context, name string, opts meta.GetOptions) (T, error)
	List(ctx context.Context, opts meta.ListOptions) (L, error)
	Create(ctx context.Context, object T, opts meta.CreateOptions) (T, error)
	Update(ctx context.Context, object T, opts meta.UpdateOptions) (T, error)
	Patch(ctx context.Context, name string, how types.PatchType, data []byte, opts meta.PatchOptions, subresources ...string) (T, error)
	Delete(ctx context.Context, name string, opts meta.DeleteOptions) error
	DeleteCollection(ctx context.Context, opts meta.DeleteOptions, which meta.ListOptions) error
}

// kinds are those of a Client.
var kinds = runtime.NewScheme()

func init() {
	for _, add := range []func(*runtime.Scheme) error{core.AddToScheme, batch.AddToScheme, networking.AddToScheme} {
		if err := add(kinds); err != nil {
			panic(err) // two of them claim one name
		}
	}
}

// NewClient returns a Client of the API server that a configuration leads to.
func NewClient(config *rest.Config) (*Client, error) {
	transport, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	group := func(version schema.GroupVersion, path string) (rest.Interface, error) {
		own := rest.CopyConfig(config)
		own.GroupVersion, own.APIPath = &version, path
		own.NegotiatedSerializer = rest.CodecFactoryForGeneratedClient(kinds, serializer.NewCodecFactory(kinds)).WithoutConversion()
		return rest.RESTClientForConfigAndClient(own, transport)
	}
	coreGroup, err := group(core.SchemeGroupVersion, "/api")
	if err != nil {
		return nil, err
	}
	batchGroup, err := group(batch.SchemeGroupVersion, "/apis")
	if err != nil {
		return nil, err
	}
	networkingGroup, err := group(networking.SchemeGroupVersion, "/apis")
	if err != nil {
		return nil, err
	}
	codec := runtime.NewParameterCodec(kinds)
	return &Client{
		namespaces: gentype.NewClientWithList("namespaces", coreGroup, codec, "", newOf[core.Namespace], newOf[core.NamespaceList]),
		pods:       gentype.NewClientWithList("pods", coreGroup, codec, Namespace, newOf[core.Pod], newOf[core.PodList]),
		jobs:       gentype.NewClientWithList("jobs", batchGroup, codec, Namespace, newOf[batch.Job], newOf[batch.JobList]),
		policies:   gentype.NewClientWithList("networkpolicies", networkingGroup, codec, Namespace, newOf[networking.NetworkPolicy], newOf[networking.NetworkPolicyList]),
		log: func(ctx context.Context, pod string, opts *core.PodLogOptions) (io.ReadCloser, error) {
			return coreGroup.Get().Namespace(Namespace).Resource("pods").Name(pod).SubResource("log").VersionedParams(opts, codec).Stream(ctx)
		},
	}, nil
}

func newOf[T any]() *T { return new(T) }
