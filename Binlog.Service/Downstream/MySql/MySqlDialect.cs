using Binlog.MySql;

namespace Binlog.Service.Downstream.MySql;

/// <summary>What the server at the other end is and can do, as far as statements depend on it. Immutable.</summary>
/// <param name="Kind">Whose server it is.</param>
/// <param name="Version">Its version; the last part is 0 when unknown.</param>
/// <param name="Collations">Names of the utf8mb4 collations that it knows.</param>
internal sealed record MySqlDialect(MySqlServerKind Kind, Version Version, IReadOnlySet<string> Collations)
{
    /// <summary>InnoDB's limit on the bytes of all parts of one key. TiDB's default is the same.</summary>
    public const int MaxKeyBytes = 3072;

    /// <summary>Longest VARCHAR of utf8mb4 characters; more doesn't fit a row of 65535 bytes.</summary>
    public const int MaxVarCharCharacters = 16383;

    /// <summary>A generated column may be declared NOT NULL. MariaDB's grammar has no place for it.</summary>
    public bool AllowsNotNullGenerated => Kind != MySqlServerKind.MariaDb;

    /// <summary>An index may be over an expression.</summary>
    public bool AllowsExpressionIndex => Kind == MySqlServerKind.TiDb || (Kind == MySqlServerKind.MySql && Version >= new Version(8, 0, 13));

    /// <summary>A default may be an expression in parentheses.</summary>
    public bool AllowsExpressionDefault => Kind switch
    {
        MySqlServerKind.MariaDb => Version >= new Version(10, 2, 1),
        MySqlServerKind.MySql => Version >= new Version(8, 0, 13),
        _ => true,
    };

    /// <summary>ALTER TABLE … RENAME INDEX exists.</summary>
    public bool AllowsRenameIndex => Kind != MySqlServerKind.MariaDb || Version >= new Version(10, 5, 2);

    /// <summary>An index may be hidden from the optimizer. MariaDB's way is another, and it means nothing for rows.</summary>
    public bool AllowsInvisibleIndex => Kind == MySqlServerKind.TiDb || (Kind == MySqlServerKind.MySql && Version >= new Version(8, 0));

    /// <summary>There are sequences.</summary>
    public bool HasSequences => Kind != MySqlServerKind.MySql;

    /// <summary>VECTOR is a type of its own that is read from text. Elsewhere its text is kept.</summary>
    public bool HasVectorType => Kind == MySqlServerKind.TiDb;

    /// <summary>JSON is a type of its own, compared by value. MariaDB keeps the text.</summary>
    public bool HasJsonType => Kind != MySqlServerKind.MariaDb;

    /// <summary>How messages name it.</summary>
    public string ProductName => Kind switch
    {
        MySqlServerKind.MariaDb => "MariaDB",
        MySqlServerKind.TiDb => "TiDB",
        _ => "MySQL",
    };

    /// <summary>
    /// The collation of the target's utf8mb4 column, table or database for an upstream one of any text character set.
    /// TiDB stores text as UTF-8 whatever character set is declared, so the target's is utf8mb4 always: nothing is lost, nothing is
    /// transcoded. A collation that the server lacks becomes utf8mb4_bin, which never takes two values for one.
    /// </summary>
    public string CollationFor(string upstream)
    {
        int underscore = upstream.IndexOf('_', StringComparison.Ordinal);
        string name = underscore < 0 ? "utf8mb4_bin" : $"utf8mb4{upstream.AsSpan(underscore)}".ToLowerInvariant();
        return Collations.Contains(name) ? name : "utf8mb4_bin";
    }

    /// <summary><c>CHARACTER SET … COLLATE …</c> for an upstream character set and collation.</summary>
    public string CharsetClause(string charset, string collate) => charset == "binary"
        ? "CHARACTER SET binary"
        : $"CHARACTER SET utf8mb4 COLLATE {CollationFor(collate)}";
}
