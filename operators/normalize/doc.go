// Package normalize turns changelogs from one form into another.
//
//   - [NewChangelog], for plan.ChangelogNormalize: an upsert stream by key becomes a full changelog. The last row of each key is kept, so that
//     what an update or a deletion replaces can be said. A deletion needs no more than the key.
//   - [NewMaterialize], for plan.SinkMaterialize: a changelog becomes upserts by the primary key of a sink that is not its own key. All rows of
//     a primary key are kept, in order of arrival, so that the row before comes back when the last one is taken away. With ON CONFLICT DO ERROR
//     or DO NOTHING nothing is emitted before the next watermark: then a primary key with several rows is an error, or keeps the first of them
//     for good.
//   - [DropUpdateBefore] leaves -U rows out, or makes deletions of those whose +U does not follow.
//
// The first two are one operator, [Keyed]: what is emitted is the difference of the row of a key before and after a batch (or watermark).
// With a time to live, a key that was not written for that long begins anew.
package normalize
