package kube

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A Report is an Event in the making: what an agent has to say about an object.
type Report struct {
	About   corev1.ObjectReference
	Type    string // corev1.EventTypeNormal or EventTypeWarning
	Reason  string // one word, in CamelCase
	Message string
}

// Emit records the report as an Event by component. The same report is recorded once, whichever
// node's agent makes it and however often, until the API server forgets Events, after an hour.
func (c *Client) Emit(ctx context.Context, component, node string, r Report) error {
	event := r.event(component, node, time.Now())
	err := c.For(Events).Post().Namespace(event.Namespace).Resource(Events.Name).Body(event).Do(ctx).Error()
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("record event %s about %s %s: %w", r.Reason, r.About.Kind, r.About.Name, err)
	}
	return nil
}

func (r Report) event(component, node string, now time.Time) *corev1.Event {
	namespace := r.About.Namespace
	if namespace == "" {
		namespace = metav1.NamespaceDefault
	}
	sum := sha256.Sum256([]byte(string(r.About.UID) + "\x00" + r.Reason + "\x00" + r.Message))
	return &corev1.Event{
		ObjectMeta:          metav1.ObjectMeta{Namespace: namespace, Name: fmt.Sprintf("%s.%x", r.About.Name, sum[:8])},
		InvolvedObject:      r.About,
		Type:                r.Type,
		Reason:              r.Reason,
		Message:             r.Message,
		Source:              corev1.EventSource{Component: component, Host: node},
		ReportingController: component,
		FirstTimestamp:      metav1.NewTime(now),
		LastTimestamp:       metav1.NewTime(now),
		Count:               1,
	}
}
