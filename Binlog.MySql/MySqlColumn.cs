namespace Binlog.MySql;

/// <summary>What the server says about a column of a result set.</summary>
public sealed record MySqlColumn
{
    /// <summary>Database of the table, empty for an expression.</summary>
    public required string Schema { get; init; }

    /// <summary>Table or its alias, empty for an expression.</summary>
    public required string Table { get; init; }

    /// <summary>Column or its alias.</summary>
    public required string Name { get; init; }

    public required MySqlColumnType Type { get; init; }

    public required MySqlColumnFlags Flags { get; init; }

    /// <summary>Collation id; 63 is <c>binary</c>.</summary>
    public required int CollationId { get; init; }

    /// <summary>Longest value, in bytes as sent.</summary>
    public required uint MaxLength { get; init; }

    /// <summary>Digits after the point; 31 when that isn't fixed.</summary>
    public required int Decimals { get; init; }
}
