namespace Binlog.Service.Downstream.MySql.Rows;

/// <summary>How much goes into one statement.</summary>
internal sealed record RowStatementLimits
{
    /// <summary>Most rows of one INSERT.</summary>
    public int InsertRows { get; init; } = 256;

    /// <summary>Most rows of one DELETE; below the 1000 values from which MariaDB turns a list into a subquery.</summary>
    public int DeleteRows { get; init; } = 128;

    /// <summary>Most rows of one UPDATE; the server looks for a row's values through half of them.</summary>
    public int UpdateRows { get; init; } = 32;

    /// <summary>Bytes from which on a statement takes no further row.</summary>
    public int Bytes { get; init; } = 512 * 1024;
}
