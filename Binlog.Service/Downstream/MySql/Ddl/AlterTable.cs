using System.Globalization;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.MySql.Ddl;

/// <summary>
/// Turns the difference between a table before and after a job into one ALTER TABLE, whatever the job was: what a column, a key or
/// the table is to be is stated in full, and nothing is taken from the statement's text or from the server's defaults.
/// </summary>
internal sealed class AlterTable
{
    private readonly TableSchema _before;
    private readonly TableSchema _after;
    private readonly SchemaChange _change;
    private readonly MySqlDialect _dialect;
    private readonly ColumnMatch _columns;
    private readonly List<string> _specifications = [];
    private readonly List<string> _afterwards = [];

    private AlterTable(SchemaChange change, MySqlDialect dialect)
    {
        _change = change;
        _before = change.Before!;
        _after = change.After!;
        _dialect = dialect;
        _columns = new ColumnMatch(_before, _after, change.Job.Type);
    }

    /// <summary>The statements, in order; none when nothing differs that the target would hold. Null when the difference is ambiguous.</summary>
    public static List<string>? Write(SchemaChange change, MySqlDialect dialect)
    {
        var alter = new AlterTable(change, dialect);
        if (alter._columns.IsAmbiguous)
        {
            return null;
        }

        alter.DropKeys();
        alter.ChangeColumns();
        alter.AddKeys();
        alter.ChangeOptions();
        string prefix = $"ALTER TABLE {SqlText.Name(alter._after.SchemaName, alter._after.TableName)} ";
        List<string> statements = [];
        if (alter._specifications.Count > 0)
        {
            statements.Add(prefix + string.Join(", ", alter._specifications));
        }

        if (alter._afterwards.Count > 0)
        {
            statements.Add(prefix + string.Join(", ", alter._afterwards));
        }

        return statements;
    }

    private void DropKeys()
    {
        foreach (ForeignKeyInfo key in Keys(_before))
        {
            if (!Keys(_after).Any(other => SameName(key.Name, other.Name) && ForeignKeyDefinition.Write(other, _after.SchemaName) == ForeignKeyDefinition.Write(key, _before.SchemaName)))
            {
                _specifications.Add($"DROP FOREIGN KEY {SqlText.Name(key.Name)}");
            }
        }

        if (PrimaryOf(_before) is { } primary && primary != PrimaryOf(_after))
        {
            _specifications.Add("DROP PRIMARY KEY");
        }

        foreach (IndexInfo index in Indexes(_before))
        {
            if (Successor(index) is null && Text(index, _before) is not null)
            {
                _specifications.Add($"DROP INDEX {SqlText.Name(index.Name)}");
            }
        }
    }

    private void ChangeColumns()
    {
        _specifications.AddRange(_columns.Dropped.Select(column => $"DROP COLUMN {SqlText.Name(column.Name)}"));
        HashSet<ColumnInfo> unmoved = _columns.Unmoved(_before, _after);
        string place = "FIRST";
        bool isAtEnd = false;
        for (int index = 0; index < _after.Columns.Length; index++)
        {
            ColumnInfo column = _after.Columns[index];
            isAtEnd = isAtEnd || _after.Columns.Skip(index).All(later => _columns.Before(later) is null);
            if (_columns.Before(column) is { } old)
            {
                Change(old, column, unmoved.Contains(column) ? "" : $" {place}");
            }
            else
            {
                Add(column, isAtEnd ? "" : $" {place}");
            }

            place = $"AFTER {SqlText.Name(column.Name)}";
        }
    }

    private void Add(ColumnInfo column, string place)
    {
        string? usual = ColumnDefault.Of(column, _change.Query, _dialect);
        string? older = ColumnDefault.OfOlderRows(column, _change.Query, _dialect);
        string definition = ColumnDefinition.Write(column, usual, _dialect);
        if (older is null || older == usual || usual is null)
        {
            _specifications.Add($"ADD COLUMN {SqlText.Name(column.Name)} {definition}{place}");
            return;
        }

        _specifications.Add($"ADD COLUMN {SqlText.Name(column.Name)} {ColumnDefinition.Write(column, older, _dialect)}{place}");
        _afterwards.Add($"MODIFY COLUMN {SqlText.Name(column.Name)} {definition}");
    }

    private void Change(ColumnInfo old, ColumnInfo column, string place)
    {
        string definition = ColumnDefinition.Write(column, ColumnDefault.Of(column, _change.Query, _dialect), _dialect);
        bool isRenamed = old.Name != column.Name;
        if (!isRenamed && place.Length == 0 && definition == ColumnDefinition.Write(old, ColumnDefault.Of(old, _change.Query, _dialect), _dialect))
        {
            return;
        }

        _specifications.Add(isRenamed
            ? $"CHANGE COLUMN {SqlText.Name(old.Name)} {SqlText.Name(column.Name)} {definition}{place}"
            : $"MODIFY COLUMN {SqlText.Name(column.Name)} {definition}{place}");
    }

    private void AddKeys()
    {
        if (PrimaryOf(_after) is { } primary && primary != PrimaryOf(_before))
        {
            _specifications.Add($"ADD {primary}");
        }

        HashSet<IndexInfo> kept = new(ReferenceEqualityComparer.Instance);
        foreach (IndexInfo old in Indexes(_before))
        {
            if (Successor(old) is { } successor)
            {
                kept.Add(successor);
                if (old.Name != successor.Name)
                {
                    _specifications.Add($"RENAME INDEX {SqlText.Name(old.Name)} TO {SqlText.Name(successor.Name)}");
                }
            }
        }

        _specifications.AddRange(Indexes(_after).Where(index => !kept.Contains(index)).Select(index => Text(index, _after)).OfType<string>().Select(text => $"ADD {text}"));
        foreach (ForeignKeyInfo key in Keys(_after))
        {
            string text = ForeignKeyDefinition.Write(key, _after.SchemaName);
            if (!Keys(_before).Any(other => SameName(key.Name, other.Name) && ForeignKeyDefinition.Write(other, _before.SchemaName) == text))
            {
                _specifications.Add($"ADD {text}");
            }
        }
    }

    private void ChangeOptions()
    {
        string charset = _dialect.CharsetClause(_after.Info.Charset, _after.Info.Collate);
        if (charset != _dialect.CharsetClause(_before.Info.Charset, _before.Info.Collate))
        {
            _specifications.Add($"DEFAULT {charset}");
        }

        if (_after.Info.Comment != _before.Info.Comment)
        {
            _specifications.Add($"COMMENT = {SqlText.Quote(_after.Info.Comment)}");
        }

        if (_after.Info.AutoIncrementId != _before.Info.AutoIncrementId && _after.Info.AutoIncrementId > 0 && CreateTable.HasAutoIncrement(_after))
        {
            _specifications.Add(string.Create(CultureInfo.InvariantCulture, $"AUTO_INCREMENT = {_after.Info.AutoIncrementId}"));
        }
    }

    /// <summary>The index that an index goes on as: the same by name, or by id under another name; null when it goes or has to be made anew.</summary>
    private IndexInfo? Successor(IndexInfo index)
    {
        string? text = Text(index, _before);
        IndexInfo? sameName = Indexes(_after).FirstOrDefault(other => SameName(other.Name, index.Name));
        if (sameName is not null)
        {
            return Text(sameName, _after) == text ? sameName : null;
        }

        IndexInfo? sameId = _dialect.AllowsRenameIndex ? Indexes(_after).FirstOrDefault(other => other.Id == index.Id) : null;
        return sameId is not null && Text(sameId with { Name = index.Name }, _after) == text ? sameId : null;
    }

    /// <summary>The definition of an index; names of columns that were renamed are taken for the new ones.</summary>
    private string? Text(IndexInfo index, TableSchema table)
    {
        if (ReferenceEquals(table, _before))
        {
            index = index with { Columns = [.. index.Columns.Select(part => part with { Name = NameAfter(part.Name) })] };
            return IndexDefinition.Write(index, WithNewNames(table.Info), _dialect);
        }

        return IndexDefinition.Write(index, table.Info, _dialect);
    }

    private TableInfo WithNewNames(TableInfo info) => info with { Columns = [.. info.Columns.Select(column => column with { Name = NameAfter(column.Name) })] };

    private string NameAfter(string name) =>
        _after.Columns.FirstOrDefault(column => _columns.Before(column) is { } old && SameName(old.Name, name))?.Name ?? name;

    private string? PrimaryOf(TableSchema table)
    {
        if (IndexDefinition.OfHandle(ReferenceEquals(table, _before) ? WithNewNames(table.Info) : table.Info) is { } handle)
        {
            return handle;
        }

        return table.Info.Indexes.FirstOrDefault(index => index.IsPrimary && index.IsPublic) is { } primary ? Text(primary, table) : null;
    }

    private static IEnumerable<IndexInfo> Indexes(TableSchema table) => table.Info.Indexes.Where(index => index.IsPublic && !index.IsPrimary);

    private static IEnumerable<ForeignKeyInfo> Keys(TableSchema table) => table.Info.ForeignKeys.Where(key => key.State == SchemaState.Public);

    private static bool SameName(string left, string right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);
}
