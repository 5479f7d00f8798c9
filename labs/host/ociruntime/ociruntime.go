// Package ociruntime is an OCI runtime in front of runc for hosts that lack a capability.
//
// A privileged container asks for every capability that there is. Where the host itself does not have
// one of them in its bounding set (CAP_SYS_RESOURCE is often withheld in virtual machines and cloud
// workspaces), runc refuses the container: "unable to apply caps: operation not permitted". This
// runtime takes out of the container's configuration what the host cannot give, and then becomes runc:
//
//	slipway-runtime-1 --root /run/docker/runtime-runc/moby create --bundle /run/…/ID ID
//
// An engine calls it by its path, with the arguments of runc, for every container and every command in
// one. [Args] knows those arguments, [Reduce] the configuration, [Main] does all of it.
//
// The configuration is the OCI runtime specification's config.json (field process.capabilities) and,
// for exec, the process object alone: https://github.com/opencontainers/runtime-spec, config.md. The
// arguments are those of runc 1.1 to 1.5, see its man pages runc(8) and runc-exec(8).
package ociruntime

// Name is what the program must be called to act as the runtime, since engines pass no argument that
// could say so. The number grows when the runtime does something else than before, so that engines are
// told of the new one.
const Name = "slipway-runtime-1"
