// Images in registries, without an engine.
#pragma once

#include <string>

#include "base/context.h"
#include "engine/credentials.h"
#include "remote/artifact.h"
#include "remote/repository.h"

namespace berth::remote {

// The repository of the image, with docker's credentials for its registry.
Repository repository_of(const Context& context, const engine::Reference& image,
                         const engine::Credentials& credentials);

// In full, with the digest that its tag has now: "docker.io/library/redis:7@sha256:...". Throws as
// Repository::manifest.
std::string with_digest(const Context& context, const std::string& image, const engine::Credentials& credentials);

// Copies the image with all its platforms into the repository, where it goes by its digest; layers that are there are
// left out. Throws as Repository.
Descriptor copy_image(const Context& context, const std::string& image, const engine::Credentials& credentials,
                      Repository& to);

// Pushes the application under the tag (or digest) of `reference`. Without a version it is 1.1, or 1.0 where the
// registry refuses that. Throws as Repository.
Descriptor push_artifact(const Context& context, Repository& to, const std::string& tag,
                         const std::vector<ArtifactFile>& files, std::optional<OciVersion> version,
                         engine::Time created);

}  // namespace berth::remote
