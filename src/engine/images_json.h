// Members of the image structs, for codec.h; disk usage has images too.
#pragma once

#include "engine/codec.h"
#include "engine/containers_json.h"
#include "engine/images.h"

namespace berth::engine {

template <typename Visit>
void fields(Visit& visit, Is<ImageSummary> auto& x) {
  visit("Id", x.id);
  visit("ParentId", x.parent_id);
  visit("RepoTags", x.repo_tags);
  visit("RepoDigests", x.repo_digests);
  visit.unix("Created", x.created);
  visit("Size", x.size);
  visit("Labels", x.labels);
  visit.always("Containers", x.containers);
}

template <typename Visit>
void fields(Visit& visit, Is<ImageInspect> auto& x) {
  visit("Id", x.id);
  visit("RepoTags", x.repo_tags);
  visit("RepoDigests", x.repo_digests);
  visit("Parent", x.parent);
  visit("Comment", x.comment);
  visit("Created", x.created);
  visit("Author", x.author);
  visit("Config", x.config);
  visit("Architecture", x.architecture);
  visit("Variant", x.variant);
  visit("Os", x.os);
  visit("Size", x.size);
  visit.nest("RootFS", [&](auto& inner) { inner("Layers", x.layers); });
  visit.nest("Metadata", [&](auto& inner) { inner("LastTagTime", x.last_tag_time); });
}

template <typename Visit>
void fields(Visit& visit, Is<DistributionInspect> auto& x) {
  visit.nest("Descriptor", [&](auto& inner) { inner("digest", x.digest); });
}

template <typename Visit>
void fields(Visit& visit, Is<ImageDeleted> auto& x) {
  visit("Untagged", x.untagged);
  visit("Deleted", x.deleted);
}

template <typename Visit>
void fields(Visit& visit, Is<AuthConfig> auto& x) {
  visit("username", x.username);
  visit("password", x.password);
  visit("serveraddress", x.server_address);
  visit("identitytoken", x.identity_token);
  visit("registrytoken", x.registry_token);
}

}  // namespace berth::engine
