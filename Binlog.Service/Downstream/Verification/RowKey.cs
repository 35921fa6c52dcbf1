namespace Binlog.Service.Downstream.Verification;

/// <summary>A row's canonical values, equal when all of them are.</summary>
internal readonly struct RowKey(string?[] values) : IEquatable<RowKey>
{
    /// <summary>The values.</summary>
    public IReadOnlyList<string?> Values => values;

    /// <inheritdoc/>
    public bool Equals(RowKey other) => values.AsSpan().SequenceEqual(other.Values as string?[]);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RowKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (string? value in values)
        {
            hash.Add(value, StringComparer.Ordinal);
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", values.Select(value => value ?? "NULL"));
}
