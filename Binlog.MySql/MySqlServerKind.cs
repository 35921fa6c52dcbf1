namespace Binlog.MySql;

/// <summary>Whose server it is, as its version text says.</summary>
public enum MySqlServerKind
{
    MySql,
    MariaDb,
    TiDb,
}
