package connectors

// SplitDescriber is a source connector that can tell people what a split is; of others they see the id.
type SplitDescriber interface {
	// DescribeSplit returns what is read of a split, in a few words, and how many bytes that is, 0 if it is not known.
	DescribeSplit(s Split) (text string, bytes int64)
}
