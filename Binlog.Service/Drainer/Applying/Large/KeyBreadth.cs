namespace Binlog.Service.Drainer.Applying.Large;

/// <summary>Which rows of a transaction are taken for ones that hand keys on.</summary>
internal enum KeyBreadth
{
    /// <summary>None: rows are executed in the upstream's order.</summary>
    None,

    /// <summary>Those with a value of a unique key that one row gives up and one takes.</summary>
    SameValues,

    /// <summary>All that give up or take any value of a unique key, in tables where both happen: for values that the target takes for one though they differ.</summary>
    AnyValues,
}
