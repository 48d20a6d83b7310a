package function

// signature computes a resolution; nil for functions that are bound by other means.
type signature func(args []Arg, m Mode) (Resolution, error)
