// Package kubernetes is the engine that has a class judged by the pods of a cluster.
//
//	e := &kubernetes.Engine{Client: client, Folders: folders, Settings: settings, Image: image}
//	err := e.Grade(ctx, items, done)
//
// The items of a class, and all that a judge needs beside them, become a manifest: a folder whose files are named
// by their digests. An image holds it, and a cluster's nodes hold the image, so that pods need neither network nor
// volumes, and see one state of the class however often they are started. An Indexed Job judges it: each index is
// a shard of the items, and its pod runs Worker, which judges them one after another and prints a line for each
// outcome. The engine follows the logs of the pods and takes what is told by its key, so that an item which is
// judged twice, after a pod or a node was lost in the middle, counts once.
//
// Grades never follow from how a pod or a Job ended. An exit code of 0 means that a shard was judged, whatever came
// of it. What nobody has told when a Job is over goes into another Job with smaller shards, in the last round
// with one item each, so that work which ends its pod harms no other. What is missing after that is a fault.
//
// A worker is trusted, and runs as root with the capabilities that it takes to put each command of a check into a
// cell of its own (package isolation). Submissions reach nothing but their cells: the pod has no token of the API
// and, where the cluster's network plugin enforces policies, no network.
package kubernetes
